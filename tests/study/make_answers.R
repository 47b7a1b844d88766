# Makes the SYNTHETIC study of test_waves.c: answers on three scales at four waves. No person, coach or answer in
# it exists.
#   Rscript tests/study/make_answers.R      (in the root of the repository; R 4.2.2)
set.seed(5)
folder <- "tests/data/study/answers"
put <- function(rows, name) write.csv(rows, file.path(folder, name), row.names = FALSE, quote = FALSE)
coaches <- data.frame(coach = sprintf("c%02d", 1:12), ips = rep(c("without", "with"), 6),
                      pa = rep(c("without", "without", "with", "with"), 3))
people <- data.frame(person = sprintf("p%02d", 1:96), start_date = "2021-01-04", register_end = "2022-12-31",
                     coach = rep(coaches$coach, each = 8), readiness = sample(c("ready", "not ready"), 96, TRUE))
waves <- c(0, 6, 12, 18)
all <- expand.grid(wave = waves, person = seq_len(96))
of <- match(people$coach[all$person], coaches$coach)
ips <- coaches$ips[of] == "with"
of_coach <- rnorm(12)[of]
of_person <- rnorm(96)[all$person]
risk <- plogis(-1 + 0.6 * of_person + 0.2 * of_coach + all$wave / 18 * (0.2 + 2 * ips) + 0.8 * (coaches$pa[of] == "with"))
mood <- 3 + 0.5 * of_person + 0.1 * of_coach + 0.2 * ips * (all$wave > 0) + rnorm(nrow(all), 0, 0.4)
score <- 50 + 10 * of_person + 2 * of_coach + all$wave / 3 * ips + rnorm(nrow(all), 0, 8)
said <- function(item, value)
  data.frame(person = people$person[all$person], wave = paste0(all$wave, "m"), item = item, value = value)
answers <- rbind(said("at_work", rbinom(nrow(all), 1, risk)), said("mood", pmin(5, pmax(1, round(5 * mood) / 5))),
                 said("score", round(score)))
put(coaches, "coaches.csv")
put(people, "people.csv")
put(answers[runif(nrow(answers)) < 0.93, ], "answers.csv")
