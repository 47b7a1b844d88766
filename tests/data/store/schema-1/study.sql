BEGIN TRANSACTION;
CREATE TABLE coach_row (
    import  INTEGER NOT NULL REFERENCES import (id),
    row     INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    id      TEXT,
    columns TEXT NOT NULL,
    PRIMARY KEY (import, row)
) STRICT, WITHOUT ROWID;
INSERT INTO "coach_row" VALUES(2,0,2,'k01','{"experience_years":"6","ips":"with","pa":"without","team":"north"}');
INSERT INTO "coach_row" VALUES(2,1,3,'k02','{"experience_years":"11","ips":"without","pa":"without","team":"south"}');
INSERT INTO "coach_row" VALUES(2,2,4,'k03','{"experience_years":"4","ips":"with","pa":"with","team":"centre"}');
INSERT INTO "coach_row" VALUES(2,3,5,'k04','{"experience_years":"9","ips":"without","pa":"with","team":"north"}');
INSERT INTO "coach_row" VALUES(2,4,6,'k05','{"experience_years":"3","ips":"without","pa":"without","team":"north"}');
INSERT INTO "coach_row" VALUES(2,5,7,'k06','{"experience_years":"14","ips":"with","pa":"without","team":"centre"}');
INSERT INTO "coach_row" VALUES(2,6,8,'k07','{"experience_years":"7","ips":"without","pa":"with","team":"south"}');
INSERT INTO "coach_row" VALUES(2,7,9,'k08','{"experience_years":"2","ips":"with","pa":"with","team":"south"}');
INSERT INTO "coach_row" VALUES(2,8,10,'k09','{"experience_years":"8","ips":"without","pa":"without","team":"centre"}');
INSERT INTO "coach_row" VALUES(2,9,11,'k10','{"experience_years":"12","ips":"with","pa":"with","team":"north"}');
INSERT INTO "coach_row" VALUES(2,10,12,'k11','{"experience_years":"5","ips":"with","pa":"without","team":"south"}');
INSERT INTO "coach_row" VALUES(2,11,13,'k12','{"experience_years":"10","ips":"without","pa":"with","team":"centre"}');
CREATE TABLE episode_row (
    import  INTEGER NOT NULL REFERENCES import (id),
    row     INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    person  TEXT,
    "start" TEXT,
    "end"   TEXT,
    hours   TEXT,
    kind    TEXT,
    columns TEXT NOT NULL,
    PRIMARY KEY (import, row)
) STRICT, WITHOUT ROWID;
INSERT INTO "episode_row" VALUES(4,0,2,'p001','2017-08-12','2018-06-09','32','regular','{}');
INSERT INTO "episode_row" VALUES(4,1,3,'p001','2019-08-22','2019-06-25','28','regular','{}');
INSERT INTO "episode_row" VALUES(4,2,4,'p002','2016-10-07','2018-07-12','24','regular','{}');
INSERT INTO "episode_row" VALUES(4,3,5,'p002','2019-09-01','2019-09-15','20','regular','{}');
INSERT INTO "episode_row" VALUES(4,4,6,'p002','2019-09-21','2019-10-15','20','regular','{}');
INSERT INTO "episode_row" VALUES(4,5,7,'p003','2016-10-18','2018-04-13','24','regular','{}');
INSERT INTO "episode_row" VALUES(4,6,8,'p003','2018-05-30','','8','regular','{}');
INSERT INTO "episode_row" VALUES(4,7,9,'p004','2017-12-10','2018-10-10','25.5','regular','{}');
INSERT INTO "episode_row" VALUES(4,8,10,'p004','2019-10-16','2019-04-25','24','regular','{}');
INSERT INTO "episode_row" VALUES(4,9,11,'p004','2019-04-25','2019-10-16','24','regular','{}');
INSERT INTO "episode_row" VALUES(4,10,12,'p005','2019-05-02','','24','regular','{}');
INSERT INTO "episode_row" VALUES(4,11,13,'p006','2016-12-23','2017-12-22','36','regular','{}');
INSERT INTO "episode_row" VALUES(4,12,14,'p006','2019-01-27','2019-03-04','20','trial-placement','{}');
INSERT INTO "episode_row" VALUES(4,13,15,'p006','2019-03-05','','24','subsidised','{}');
INSERT INTO "episode_row" VALUES(4,14,16,'p008','2019-06-05','2019-10-06','25.5','regular','{}');
INSERT INTO "episode_row" VALUES(4,15,17,'p008','2019-11-30','','32','subsidised','{}');
INSERT INTO "episode_row" VALUES(4,16,18,'p009','2018-07-20','2018-12-04','16','regular','{}');
INSERT INTO "episode_row" VALUES(4,17,19,'p009','2019-07-23','2019-07-27','','regular','{}');
INSERT INTO "episode_row" VALUES(4,18,20,'p009','2019-07-28','2019-10-23','28','regular','{}');
INSERT INTO "episode_row" VALUES(5,0,2,'p001','2017-08-12','2018-06-09','32','regular','{}');
INSERT INTO "episode_row" VALUES(5,1,3,'p001','2019-08-22','2019-06-25','28','regular','{}');
INSERT INTO "episode_row" VALUES(5,2,4,'p002','2016-10-07','2018-07-12','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,3,5,'p002','2019-09-01','2019-09-15','20','regular','{}');
INSERT INTO "episode_row" VALUES(5,4,6,'p002','2019-09-21','2019-10-15','20','regular','{}');
INSERT INTO "episode_row" VALUES(5,5,7,'p003','2016-10-18','2018-04-13','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,6,8,'p003','2018-05-30','','8','regular','{}');
INSERT INTO "episode_row" VALUES(5,7,9,'p004','2017-12-10','2018-10-10','25.5','regular','{}');
INSERT INTO "episode_row" VALUES(5,8,10,'p004','2019-10-16','2019-04-25','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,9,11,'p004','2019-04-25','2019-10-16','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,10,12,'p005','2019-05-02','','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,11,13,'p006','2016-12-23','2017-12-22','36','regular','{}');
INSERT INTO "episode_row" VALUES(5,12,14,'p006','2019-01-27','2019-03-04','20','trial-placement','{}');
INSERT INTO "episode_row" VALUES(5,13,15,'p006','2019-03-05','','24','subsidised','{}');
INSERT INTO "episode_row" VALUES(5,14,16,'p008','2019-06-05','2019-10-06','25.5','regular','{}');
INSERT INTO "episode_row" VALUES(5,15,17,'p008','2019-11-30','','32','subsidised','{}');
INSERT INTO "episode_row" VALUES(5,16,18,'p009','2018-07-20','2018-12-04','16','regular','{}');
INSERT INTO "episode_row" VALUES(5,17,19,'p009','2019-07-23','2019-07-27','','regular','{}');
INSERT INTO "episode_row" VALUES(5,18,20,'p009','2019-07-28','2019-10-23','28','regular','{}');
INSERT INTO "episode_row" VALUES(5,19,21,'p010','2018-05-15','2018-12-06','38','regular','{}');
INSERT INTO "episode_row" VALUES(5,20,22,'p010','2019-11-13','2019-12-09','20','regular','{}');
INSERT INTO "episode_row" VALUES(5,21,23,'p011','2019-07-30','2019-08-07','28','regular','{}');
INSERT INTO "episode_row" VALUES(5,22,24,'p011','2019-09-11','2019-09-13','28','regular','{}');
INSERT INTO "episode_row" VALUES(5,23,25,'p011','2019-09-27','2019-10-06','32','regular','{}');
INSERT INTO "episode_row" VALUES(5,24,26,'p012','2016-08-11','2017-04-21','38','regular','{}');
INSERT INTO "episode_row" VALUES(5,25,27,'p012','2019-04-08','2019-07-29','20','subsidised','{}');
INSERT INTO "episode_row" VALUES(5,26,28,'p012','2019-09-23','','25.5','subsidised','{}');
INSERT INTO "episode_row" VALUES(5,27,29,'p013','2019-01-07','2019-05-03','10','regular','{}');
INSERT INTO "episode_row" VALUES(5,28,30,'p013','2019-05-04','2019-08-07','16','regular','{}');
INSERT INTO "episode_row" VALUES(5,29,31,'p015','2017-04-24','2018-11-19','25.5','regular','{}');
INSERT INTO "episode_row" VALUES(5,30,32,'p015','2020-03-15','','25.5','regular','{}');
INSERT INTO "episode_row" VALUES(5,31,33,'p016','2017-11-23','2018-07-24','18','regular','{}');
INSERT INTO "episode_row" VALUES(5,32,34,'p016','2019-07-25','2019-12-31','10','regular','{}');
INSERT INTO "episode_row" VALUES(5,33,35,'p017','2019-09-09','2019-10-06','25.5','subsidised','{}');
INSERT INTO "episode_row" VALUES(5,34,36,'p017','2019-10-24','2019-11-13','18','regular','{}');
INSERT INTO "episode_row" VALUES(5,35,37,'p018','2017-12-22','2018-05-26','28','regular','{}');
INSERT INTO "episode_row" VALUES(5,36,38,'p018','2019-07-18','2019-12-14','12','volunteer','{}');
INSERT INTO "episode_row" VALUES(5,37,39,'p018','2019-12-24','','28','sheltered','{}');
INSERT INTO "episode_row" VALUES(5,38,40,'p019','2019-05-26','2019-06-20','160','regular','{}');
INSERT INTO "episode_row" VALUES(5,39,41,'p021','2018-02-20','2018-09-28','20','regular','{}');
INSERT INTO "episode_row" VALUES(5,40,42,'p021','2019-11-10','2019-11-29','32','regular','{}');
INSERT INTO "episode_row" VALUES(5,41,43,'p021','2019-11-30','2020-02-18','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,42,44,'p022','2018-03-18','','8','regular','{}');
INSERT INTO "episode_row" VALUES(5,43,45,'p023','2018-10-15','2019-01-02','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,44,46,'p023','2019-07-22','2019-10-30','12','volunteer','{}');
INSERT INTO "episode_row" VALUES(5,45,47,'p023','2019-11-09','','28','sheltered','{}');
INSERT INTO "episode_row" VALUES(5,46,48,'p024','2019-09-24','2019-10-12','32','regular','{}');
INSERT INTO "episode_row" VALUES(5,47,49,'p024','2019-10-13','2020-04-02','36','regular','{}');
INSERT INTO "episode_row" VALUES(5,48,50,'p025','2019-07-20','2019-09-18','24','trial-placement','{}');
INSERT INTO "episode_row" VALUES(5,49,51,'p025','2019-10-03','2019-12-04','20','internship','{}');
INSERT INTO "episode_row" VALUES(5,50,52,'p026','2017-08-02','2018-10-11','20','regular','{}');
INSERT INTO "episode_row" VALUES(5,51,53,'p026','2019-05-10','2019-07-09','8','regular','{}');
INSERT INTO "episode_row" VALUES(5,52,54,'p026','2019-06-20','2019-08-10','8','regular','{}');
INSERT INTO "episode_row" VALUES(5,53,55,'p027','2016-07-11','2018-01-15','18','regular','{}');
INSERT INTO "episode_row" VALUES(5,54,56,'p027','2019-05-20','2019-07-11','7.5','regular','{}');
INSERT INTO "episode_row" VALUES(5,55,57,'p027','2019-05-20','2019-11-15','4.5','subsidised','{}');
INSERT INTO "episode_row" VALUES(5,56,58,'p028','2017-10-23','2018-12-13','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,57,59,'p028','2019-07-09','2019-08-01','','regular','{}');
INSERT INTO "episode_row" VALUES(5,58,60,'p029','2016-12-11','2017-12-23','25.5','regular','{}');
INSERT INTO "episode_row" VALUES(5,59,61,'p029','2020-05-28','','20','regular','{}');
INSERT INTO "episode_row" VALUES(5,60,62,'p030','2017-04-08','2018-12-19','25.5','regular','{}');
INSERT INTO "episode_row" VALUES(5,61,63,'p030','2019-10-07','2019-11-02','36','regular','{}');
INSERT INTO "episode_row" VALUES(5,62,64,'p030','2019-11-04','2019-11-22','28','regular','{}');
INSERT INTO "episode_row" VALUES(5,63,65,'p031','2019-09-20','2020-02-17','8','regular','{}');
INSERT INTO "episode_row" VALUES(5,64,66,'p031','2019-11-23','2020-03-22','8','regular','{}');
INSERT INTO "episode_row" VALUES(5,65,67,'p032','2019-12-26','2019-12-06','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,66,68,'p033','2017-04-28','2018-07-28','38','regular','{}');
INSERT INTO "episode_row" VALUES(5,67,69,'p033','2019-10-22','2019-11-06','18','regular','{}');
INSERT INTO "episode_row" VALUES(5,68,70,'p033','2019-11-10','2020-04-17','16','regular','{}');
INSERT INTO "episode_row" VALUES(5,69,71,'p035','2017-08-27','2018-08-03','20','regular','{}');
INSERT INTO "episode_row" VALUES(5,70,72,'p035','2019-03-18','2019-08-04','8','regular','{}');
INSERT INTO "episode_row" VALUES(5,71,73,'p035','2019-05-20','2019-07-18','8','regular','{}');
INSERT INTO "episode_row" VALUES(5,72,74,'p036','2019-08-31','2019-10-30','104','regular','{}');
INSERT INTO "episode_row" VALUES(5,73,75,'p037','2017-04-13','2018-03-13','16','regular','{}');
INSERT INTO "episode_row" VALUES(5,74,76,'p037','2019-04-29','2019-05-16','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,75,77,'p038','2017-05-01','2018-12-09','32','regular','{}');
INSERT INTO "episode_row" VALUES(5,76,78,'p038','2019-07-01','','28','regular','{}');
INSERT INTO "episode_row" VALUES(5,77,79,'p039','2019-08-08','2019-08-24','20','regular','{}');
INSERT INTO "episode_row" VALUES(5,78,80,'p039','2019-08-30','2019-11-11','24','regular','{}');
INSERT INTO "episode_row" VALUES(5,79,81,'p040','2020-06-11','','18','regular','{}');
CREATE TABLE event (
    seq    INTEGER PRIMARY KEY,
    at_utc TEXT NOT NULL,
    actor  TEXT NOT NULL,
    kind   TEXT NOT NULL,
    why    TEXT NOT NULL,
    body   TEXT NOT NULL,
    prev   TEXT NOT NULL,
    hash   TEXT NOT NULL
) STRICT;
INSERT INTO "event" VALUES(1,'2026-11-22T06:32:45Z','root','plan-lock','approved by the steering group','{"amends":0,"outcomes_import":0,"plan":{"analysis":["primary_ips","primary_pa","synergy","readiness"],"analysis.primary_ips.effect":"ips","analysis.primary_ips.formula":"~ ips + pa","analysis.primary_ips.id":"primary_ips","analysis.primary_ips.model":"cox","analysis.primary_ips.outcome":"sustained_work","analysis.primary_ips.role":"primary","analysis.primary_pa.effect":"pa","analysis.primary_pa.formula":"~ ips + pa","analysis.primary_pa.id":"primary_pa","analysis.primary_pa.model":"cox","analysis.primary_pa.outcome":"sustained_work","analysis.primary_pa.role":"primary","analysis.readiness.by":"readiness","analysis.readiness.id":"readiness","analysis.readiness.of":"primary_ips","analysis.readiness.role":"subgroup","analysis.synergy.effect":"ips:pa","analysis.synergy.formula":"~ ips * pa","analysis.synergy.id":"synergy","analysis.synergy.model":"cox","analysis.synergy.outcome":"sustained_work","analysis.synergy.role":"secondary","design.allocation.keep":"0.1","design.allocation.method":"elsewhere","design.cluster":"coach","design.factors":["ips","pa"],"design.factors.ips":["without","with"],"design.factors.pa":["without","with"],"design.kind":"cluster-randomised","outcomes":"sustained_work","outcomes.sustained_work.competing":"died","outcomes.sustained_work.follow_up":"350","outcomes.sustained_work.id":"sustained_work","outcomes.sustained_work.kind":"time-to-event","outcomes.sustained_work.rule.at_start":"exclude","outcomes.sustained_work.rule.concurrent":"sum","outcomes.sustained_work.rule.date":"first-day","outcomes.sustained_work.rule.gap_days":"0","outcomes.sustained_work.rule.kinds":["regular","subsidised"],"outcomes.sustained_work.rule.min_days":"28","outcomes.sustained_work.rule.min_hours_per_week":"12","schedule.window":"30","sources.coaches.columns":["ips","pa","team","experience_years"],"sources.coaches.file":"data/coaches.csv","sources.coaches.id":"coach","sources.episodes.end":"end","sources.episodes.file":"data/episodes.csv","sources.episodes.hours":"hours_per_week","sources.episodes.kind":"kind","sources.episodes.person":"person","sources.episodes.start":"start","sources.people.columns":["coach","readiness","age","sex","education","months_without_work","own_expectation"],"sources.people.end":"register_end","sources.people.end_reason":"end_reason","sources.people.file":"data/people.csv","sources.people.id":"person","sources.people.start":"start_date","study.id":"amsterdam"},"plan_sha256":"564432a0bded6bffe958decd1fc6162acb435e8fc8e1047ccc6b6e971310f322","study_yaml_sha256":"05e0741b7c3027ac42c0358782133ec600142c978f56fbcb8cf4201298af11a3"}','0000000000000000000000000000000000000000000000000000000000000000','1f0adcca61f2509356bed9582260dd56ea4f5ed5dfacb8a6ebff8dda2ae121d0');
INSERT INTO "event" VALUES(2,'2026-11-22T06:32:45Z','root','import','register of March','{"file":"data/coaches.csv","mapping":{"columns":["ips","pa","team","experience_years"],"id":"coach"},"rows":12,"rows_sha256":"9fc67e0d330acb666fbd733697f38335f39b3d7bb4399a35eabc8c23ec06260c","sha256":"4df4cbf12f2a5d903047edae8fcf76db2d4f5f4464986dacdac7b16327e6a4cd","source":"coaches"}','1f0adcca61f2509356bed9582260dd56ea4f5ed5dfacb8a6ebff8dda2ae121d0','d097f1dbf644bf05c93bb662edced1cb41501561281a1dde0a4c3cb32d61d8de');
INSERT INTO "event" VALUES(3,'2026-11-22T06:32:45Z','root','import','register of March','{"file":"data/people.csv","mapping":{"columns":["coach","readiness","age","sex","education","months_without_work","own_expectation"],"end":"register_end","end_reason":"end_reason","id":"person","start":"start_date"},"rows":40,"rows_sha256":"a09c2c562c8c6df1ff57d3c6760c20b2817a1450553151bfb901701d68b068fc","sha256":"5d863d0d0d3ec8521faefe1f5c726cd5953d031a7348a55871ec3b6d3ac80381","source":"people"}','d097f1dbf644bf05c93bb662edced1cb41501561281a1dde0a4c3cb32d61d8de','f2add3a1505435c31b3d8fab6f6ce38756055bc77fc5b9468d9de4d46645bbb9');
INSERT INTO "event" VALUES(4,'2026-11-22T06:32:45Z','root','import','register of March','{"file":"data/episodes.csv","mapping":{"columns":[],"end":"end","hours":"hours_per_week","kind":"kind","person":"person","start":"start"},"rows":19,"rows_sha256":"d80c51461ae1d1201d2664670b6e93708786640867566cee989fa470293bcb6c","sha256":"a3d7a5ddb6b9287198c97170d19a565018da83b6c9f2fe1a97b257348cc21e9b","source":"episodes"}','f2add3a1505435c31b3d8fab6f6ce38756055bc77fc5b9468d9de4d46645bbb9','97cf02162bdde7d7a03b405ba5231be653ce09aaac7eb7edb05b35915f29ca6e');
INSERT INTO "event" VALUES(5,'2026-11-22T06:32:45Z','root','import','register of "April"','{"file":"data/episodes.csv","mapping":{"columns":[],"end":"end","hours":"hours_per_week","kind":"kind","person":"person","start":"start"},"rows":80,"rows_sha256":"6344c74d9bf9a046e1a9daba34b1a53e4ce5c54d2d4707785ed2897e619a73f1","sha256":"5fdc27102a2f725bca9131ae12539042d83dba1f499f4f5be796cebafd82bec6","source":"episodes"}','97cf02162bdde7d7a03b405ba5231be653ce09aaac7eb7edb05b35915f29ca6e','fc08470ba7fb46b4504233d075ed5e60b0f93752b8994982435b8ce3fcf298b8');
CREATE TABLE import (
    id            INTEGER PRIMARY KEY REFERENCES event (seq),
    source        TEXT NOT NULL CHECK (source IN ('coaches', 'people', 'episodes')),
    file          TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    mapping       TEXT NOT NULL,
    rows          INTEGER NOT NULL CHECK (rows >= 0),
    rows_sha256   TEXT NOT NULL,
    superseded_by INTEGER REFERENCES import (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO "import" VALUES(2,'coaches','data/coaches.csv','4df4cbf12f2a5d903047edae8fcf76db2d4f5f4464986dacdac7b16327e6a4cd','{"columns":["ips","pa","team","experience_years"],"id":"coach"}',12,'9fc67e0d330acb666fbd733697f38335f39b3d7bb4399a35eabc8c23ec06260c',NULL);
INSERT INTO "import" VALUES(3,'people','data/people.csv','5d863d0d0d3ec8521faefe1f5c726cd5953d031a7348a55871ec3b6d3ac80381','{"columns":["coach","readiness","age","sex","education","months_without_work","own_expectation"],"end":"register_end","end_reason":"end_reason","id":"person","start":"start_date"}',40,'a09c2c562c8c6df1ff57d3c6760c20b2817a1450553151bfb901701d68b068fc',NULL);
INSERT INTO "import" VALUES(4,'episodes','data/episodes.csv','a3d7a5ddb6b9287198c97170d19a565018da83b6c9f2fe1a97b257348cc21e9b','{"columns":[],"end":"end","hours":"hours_per_week","kind":"kind","person":"person","start":"start"}',19,'d80c51461ae1d1201d2664670b6e93708786640867566cee989fa470293bcb6c',5);
INSERT INTO "import" VALUES(5,'episodes','data/episodes.csv','5fdc27102a2f725bca9131ae12539042d83dba1f499f4f5be796cebafd82bec6','{"columns":[],"end":"end","hours":"hours_per_week","kind":"kind","person":"person","start":"start"}',80,'6344c74d9bf9a046e1a9daba34b1a53e4ce5c54d2d4707785ed2897e619a73f1',NULL);
CREATE TABLE person_row (
    import     INTEGER NOT NULL REFERENCES import (id),
    row        INTEGER NOT NULL,
    line       INTEGER NOT NULL,
    id         TEXT,
    "start"    TEXT,
    "end"      TEXT,
    end_reason TEXT,
    columns    TEXT NOT NULL,
    PRIMARY KEY (import, row)
) STRICT, WITHOUT ROWID;
INSERT INTO "person_row" VALUES(3,0,2,'p001','2019-02-04','2020-02-16','end-of-register','{"age":"32","coach":"k12","education":"low","months_without_work":"8","own_expectation":"6","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,1,3,'p002','2019-02-07','2020-02-19','end-of-register','{"age":"27","coach":"k01","education":"low","months_without_work":"7","own_expectation":"3","readiness":"not-ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,2,4,'p003','2019-02-07','2020-02-19','end-of-register','{"age":"43","coach":"k03","education":"middle","months_without_work":"10","own_expectation":"6","readiness":"not-ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,3,5,'p004','2019-02-07','2020-02-19','end-of-register','{"age":"35","coach":"k04","education":"low","months_without_work":"4","own_expectation":"3","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,4,6,'p005','2019-02-14','2020-02-26','end-of-register','{"age":"58","coach":"k11","education":"middle","months_without_work":"37","own_expectation":"10","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,5,7,'p006','2019-02-15','2020-02-27','end-of-register','{"age":"35","coach":"k01","education":"middle","months_without_work":"14","own_expectation":"8","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,6,8,'p007','2019-02-28','2020-03-11','end-of-register','{"age":"31","coach":"k02","education":"low","months_without_work":"52","own_expectation":"4","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,7,9,'p008','2019-02-28','2020-03-11','end-of-register','{"age":"46","coach":"k05","education":"high","months_without_work":"37","own_expectation":"10","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,8,10,'p009','2019-03-04','2020-03-15','end-of-register','{"age":"43","coach":"k10","education":"middle","months_without_work":"3","own_expectation":"6","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,9,11,'p010','2019-03-06','2020-03-17','end-of-register','{"age":"39","coach":"k05","education":"middle","months_without_work":"3","own_expectation":"4","readiness":"not-ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,10,12,'p011','2019-03-07','2020-03-18','end-of-register','{"age":"33","coach":"k12","education":"high","months_without_work":"31","own_expectation":"8","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,11,13,'p012','2019-03-12','2020-03-23','end-of-register','{"age":"51","coach":"k10","education":"low","months_without_work":"23","own_expectation":"8","readiness":"not-ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,12,14,'p013','2019-03-14','2020-03-25','end-of-register','{"age":"43","coach":"k12","education":"low","months_without_work":"49","own_expectation":"4","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,13,15,'p014','2019-03-19','2020-03-30','end-of-register','{"age":"36","coach":"k04","education":"low","months_without_work":"49","own_expectation":"4","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,14,16,'p015','2019-03-19','2020-03-30','end-of-register','{"age":"26","coach":"k04","education":"low","months_without_work":"4","own_expectation":"7","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,15,17,'p016','2019-03-21','2020-04-01','end-of-register','{"age":"42","coach":"k02","education":"low","months_without_work":"8","own_expectation":"4","readiness":"not-ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,16,18,'p017','2019-03-22','2020-04-02','end-of-register','{"age":"41","coach":"k07","education":"middle","months_without_work":"52","own_expectation":"6","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,17,19,'p018','2019-03-22','2020-04-02','end-of-register','{"age":"41","coach":"k08","education":"high","months_without_work":"10","own_expectation":"4","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,18,20,'p019','2019-03-26','2020-04-06','end-of-register','{"age":"27","coach":"k10","education":"high","months_without_work":"32","own_expectation":"5","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,19,21,'p020','2019-03-27','2020-04-07','end-of-register','{"age":"38","coach":"k01","education":"","months_without_work":"27","own_expectation":"5","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,20,22,'p021','2019-03-27','2020-04-07','end-of-register','{"age":"47","coach":"k02","education":"low","months_without_work":"6","own_expectation":"7","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,21,23,'p022','2019-03-28','2020-04-08','end-of-register','{"age":"52","coach":"k04","education":"high","months_without_work":"29","own_expectation":"5","readiness":"not-ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,22,24,'p023','2019-04-02','2020-04-13','end-of-register','{"age":"49","coach":"k07","education":"low","months_without_work":"3","own_expectation":"2","readiness":"not-ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,23,25,'p024','2019-04-03','2020-04-14','end-of-register','{"age":"60","coach":"k08","education":"low","months_without_work":"60","own_expectation":"8","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,24,26,'p025','2019-04-04','2020-04-15','end-of-register','{"age":"38","coach":"k02","education":"low","months_without_work":"70","own_expectation":"3","readiness":"not-ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,25,27,'p026','2019-04-09','2020-04-20','end-of-register','{"age":"53","coach":"k11","education":"middle","months_without_work":"6","own_expectation":"8","readiness":"not-ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,26,28,'p027','2019-04-10','2020-04-21','end-of-register','{"age":"49","coach":"k04","education":"low","months_without_work":"15","own_expectation":"6","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,27,29,'p028','2019-04-12','2020-04-23','end-of-register','{"age":"57","coach":"k01","education":"high","months_without_work":"4","own_expectation":"3","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,28,30,'p029','2019-04-17','2020-04-28','end-of-register','{"age":"40","coach":"k03","education":"","months_without_work":"16","own_expectation":"6","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,29,31,'p030','2019-04-18','2020-04-29','end-of-register','{"age":"46","coach":"k09","education":"low","months_without_work":"4","own_expectation":"6","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,30,32,'p031','2019-04-22','2020-05-03','end-of-register','{"age":"29","coach":"k03","education":"low","months_without_work":"45","own_expectation":"8","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,31,33,'p032','2019-04-23','2020-05-04','end-of-register','{"age":"34","coach":"k01","education":"middle","months_without_work":"90","own_expectation":"5","readiness":"not-ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,32,34,'p033','2019-04-24','2020-05-05','end-of-register','{"age":"58","coach":"k10","education":"middle","months_without_work":"9","own_expectation":"7","readiness":"not-ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,33,35,'p034','2019-04-25','2020-05-06','end-of-register','{"age":"36","coach":"k05","education":"low","months_without_work":"103","own_expectation":"5","readiness":"not-ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,34,36,'p035','2019-04-30','2020-05-11','end-of-register','{"age":"38","coach":"k02","education":"middle","months_without_work":"9","own_expectation":"7","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,35,37,'p036','2019-05-01','2020-05-12','end-of-register','{"age":"33","coach":"k07","education":"low","months_without_work":"98","own_expectation":"4","readiness":"not-ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,36,38,'p037','2019-05-07','2020-05-18','end-of-register','{"age":"32","coach":"k10","education":"high","months_without_work":"14","own_expectation":"8","readiness":"ready","sex":"female"}');
INSERT INTO "person_row" VALUES(3,37,39,'p038','2019-05-08','2020-05-19','end-of-register','{"age":"50","coach":"k08","education":"low","months_without_work":"5","own_expectation":"5","readiness":"ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,38,40,'p039','2019-05-08','2020-05-19','end-of-register','{"age":"27","coach":"k09","education":"low","months_without_work":"85","own_expectation":"9","readiness":"not-ready","sex":"male"}');
INSERT INTO "person_row" VALUES(3,39,41,'p040','2019-05-09','2020-05-20','end-of-register','{"age":"33","coach":"k04","education":"middle","months_without_work":"32","own_expectation":"","readiness":"not-ready","sex":"female"}');
CREATE TRIGGER event_stays BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'an event is never changed'); END;
CREATE TRIGGER event_remains BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'an event is never removed'); END;
CREATE UNIQUE INDEX import_current ON import (source) WHERE superseded_by IS NULL;
CREATE VIEW coach AS
SELECT r.* FROM coach_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;
CREATE VIEW person AS
SELECT r.* FROM person_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;
CREATE VIEW episode AS
SELECT r.* FROM episode_row r JOIN import i ON i.id = r.import WHERE i.superseded_by IS NULL;
COMMIT;
PRAGMA application_id = 1179667505;
PRAGMA user_version = 1;
