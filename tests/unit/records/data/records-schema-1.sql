BEGIN TRANSACTION;
CREATE TABLE calls (
            seq INTEGER PRIMARY KEY, run INTEGER NOT NULL, run_s REAL NOT NULL, id TEXT NOT NULL,
            started REAL NOT NULL, utc_offset_s INTEGER NOT NULL, answered REAL, ended REAL,
            source_number TEXT NOT NULL, source_name TEXT NOT NULL, is_withheld INTEGER NOT NULL,
            source_extension TEXT NOT NULL, source_address TEXT NOT NULL, source_trunk TEXT NOT NULL,
            dialled TEXT NOT NULL, destination_kind TEXT NOT NULL, destination_number TEXT NOT NULL,
            destination_address TEXT NOT NULL, trunk TEXT NOT NULL, answered_by TEXT NOT NULL,
            billed_s INTEGER NOT NULL, cause TEXT NOT NULL, q850 INTEGER NOT NULL,
            history TEXT NOT NULL, linked TEXT NOT NULL,
            source_codec TEXT, source_loss REAL, source_jitter REAL, source_round_trip REAL, source_mos REAL,
            destination_codec TEXT, destination_loss REAL, destination_jitter REAL, destination_round_trip REAL,
            destination_mos REAL,
            state TEXT NOT NULL, direction TEXT NOT NULL, is_missed INTEGER NOT NULL,
            UNIQUE (run, id));
INSERT INTO "calls" VALUES(1,1,5.41449000138527480885e-04,'1',1800000000.0,3600,1800000005.0,1800000065.0,'11','Kitchen',0,'11','fxs1','','number:+4930123456','number','+4930123456','','main','',60,'NORMAL',16,'[]','',NULL,NULL,NULL,NULL,NULL,'PCMA',1.5,12.0,40.0,4.1,'ended','out',0);
INSERT INTO "calls" VALUES(2,1,6.46757000140496529638e-04,'2',1800000900.0,0,NULL,1800000905.0,'+498912345','Aunt',0,'','','main','extension:11','extension','11','','','',0,'NO_ANSWER',19,'[]','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'ended','in',1);
INSERT INTO "calls" VALUES(3,1,7.0707400027458788827e-04,'3',1800007200.0,0,1800007205.0,1800007265.0,'+498912345','Aunt',0,'','','main','extension:11','extension','11','','','',60,'NORMAL',16,'[]','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'ended','in',0);
INSERT INTO "calls" VALUES(4,2,3.85395000193966552615e-04,'4',1800009000.0,3600,NULL,NULL,'11','Kitchen',0,'11','fxs1','','number:+4930123456','number','+4930123456','','main','',0,'',0,'[]','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'up','out',0);
CREATE TABLE parties (number TEXT NOT NULL, started REAL NOT NULL, seq INTEGER NOT NULL,
            PRIMARY KEY (number, started, seq)) WITHOUT ROWID;
INSERT INTO "parties" VALUES('+4930123456',1800000000.0,1);
INSERT INTO "parties" VALUES('+4930123456',1800009000.0,4);
INSERT INTO "parties" VALUES('+498912345',1800000900.0,2);
INSERT INTO "parties" VALUES('+498912345',1800007200.0,3);
INSERT INTO "parties" VALUES('11',1800000000.0,1);
INSERT INTO "parties" VALUES('11',1800000900.0,2);
INSERT INTO "parties" VALUES('11',1800007200.0,3);
INSERT INTO "parties" VALUES('11',1800009000.0,4);
CREATE TABLE runs (run INTEGER PRIMARY KEY, began REAL NOT NULL, alive_s REAL NOT NULL);
INSERT INTO "runs" VALUES(2,1.7958721253996968269e+09,2.41983200021422817371e-03);
CREATE TABLE security_events (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL,
            words TEXT NOT NULL, began REAL NOT NULL, last REAL NOT NULL, count INTEGER NOT NULL);
INSERT INTO "security_events" VALUES(1,'fence','11','refused',1.79587212539913320544e+09,1.79587212539913320544e+09,1);
CREATE INDEX calls_started ON calls (started);
CREATE INDEX calls_up ON calls (run) WHERE state = 'up';
CREATE INDEX calls_missed ON calls (started) WHERE is_missed = 1;
CREATE INDEX calls_cause ON calls (cause, started) WHERE cause <> 'NORMAL';
COMMIT;
PRAGMA user_version = 1;
