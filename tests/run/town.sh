# Sourced after common.sh: a study that draws its own arms.
# A made-up town: eight coaches in two teams, two factors. $1 = design.allocation.
town() {
    rm -rf t secret
    mkdir -p t/data
    cat >t/study.yaml <<EOF
study: { id: town, title: "Synthetic: drawn here" }
design:
  kind: cluster-randomised
  factors: { ips: [without, with], pa: [without, with] }
  cluster: coach
  strata: [team]
  allocation: { $1 }
sources:
  coaches: { file: data/coaches.csv, id: coach, columns: [team, caseload] }
  people: { file: data/people.csv, id: person, start: start, end: end, columns: [coach] }
  episodes: { file: data/episodes.csv, person: person, start: start, end: end, hours: hours }
outcomes:
  - { id: work, kind: time-to-event, follow_up: 350d }
analysis:
  - { id: ips, role: primary, outcome: work, model: cox, formula: "~ ips + pa", effect: ips }
EOF
    printf 'coach,team,caseload\na1,north,10\na2,north,30\na3,north,12\na4,north,28\nb1,south,15\nb2,south,9\nb3,south,22\nb4,south,31\n' >t/data/coaches.csv
    echo person,coach,start,end >t/data/people.csv
    echo person,start,end,hours >t/data/episodes.csv
    local i=0 c
    for c in a1 a2 a3 a4 b1 b2 b3 b4; do
        for _ in 1 2 3 4; do
            i=$((i + 1))
            echo "p$i,$c,2023-01-01,2024-06-01" >>t/data/people.csv
            [ $((i % 3)) = 0 ] || echo "p$i,2023-0$((i % 9 + 1))-05,2024-01-31,$((12 + i))" >>t/data/episodes.csv
        done
    done
}

# Tell every coach; ./arms holds the list that comes out.
reveal_all() {
    : >arms
    local c
    for c in a1 a2 a3 a4 b1 b2 b3 b4; do
        ok randomise t --reveal "$c" --secret secret
        cat out >>arms
    done
}
