package store

// schema is every change ever made, oldest first. Changes only add, so that two
// versions of the program can run side by side; none is ever altered.
var schema = []string{`
CREATE TABLE inbox(
  seq    {serial},                   -- the order of storing; never used again
  id     TEXT NOT NULL UNIQUE,       -- keyed hash of the platform's event id: stored once
  conv   TEXT NOT NULL,              -- keyed hash of the conversation: answered in order
  who    TEXT NOT NULL,              -- keyed hash of the person, '' if unknown: limits, erasing
  body   {blob},                     -- sealed: what was said and where to answer; NULL once answered
  tries  INTEGER NOT NULL DEFAULT 0, -- how often it was handed out
  ended  INTEGER NOT NULL DEFAULT 0, -- how many of these came to an orderly end
  failed INTEGER NOT NULL DEFAULT 0, -- and how many of those in an error
  holder TEXT NOT NULL DEFAULT '',   -- the process that has it in hand
  rush   INTEGER NOT NULL DEFAULT 0, -- 1: no limit applies, nor the rest of one before it
  late   INTEGER NOT NULL DEFAULT 0, -- 1: a limit made it wait, and its person is to be told
  due    BIGINT,                     -- ms: when it may be taken; while in hand, until when; NULL once answered
  added  BIGINT NOT NULL);           -- ms
CREATE INDEX inbox_due  ON inbox(due, seq)  WHERE due IS NOT NULL;
CREATE INDEX inbox_open ON inbox(added)     WHERE due IS NOT NULL;
CREATE INDEX inbox_turn ON inbox(conv, seq) WHERE due IS NOT NULL;
CREATE INDEX inbox_hand ON inbox(conv)      WHERE holder<>'';
CREATE INDEX inbox_old  ON inbox(added)     WHERE due IS NULL;
CREATE INDEX inbox_who  ON inbox(who, added);
CREATE INDEX inbox_conv ON inbox(conv, added);
CREATE TABLE memory(conv TEXT PRIMARY KEY, who TEXT NOT NULL, body {blob} NOT NULL, until BIGINT NOT NULL);
CREATE INDEX memory_who   ON memory(who);
CREATE INDEX memory_until ON memory(until);
CREATE TABLE epoch(name TEXT PRIMARY KEY, day BIGINT NOT NULL, wrapped {blob} NOT NULL);
CREATE TABLE lease(name TEXT PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL, state TEXT NOT NULL DEFAULT '');
CREATE TABLE counter(day BIGINT NOT NULL, name TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY(day, name));
CREATE TABLE setting(scope TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(scope, name));`,
}

// The statements. All times are milliseconds of the store's clock.
const (
	// lately: what was put lately, by this person and in this conversation, and
	// what is open in it. Each stops counting at a thousand: a flood must not make
	// every further message dearer.
	lately = `SELECT
  (SELECT count(*) FROM (SELECT 1 FROM inbox WHERE who=$1 AND who<>'' AND added>$3 AND added<=$4 LIMIT 1000) x),
  (SELECT count(*) FROM (SELECT 1 FROM inbox WHERE conv=$2 AND added>$3 AND added<=$4 LIMIT 1000) x),
  (SELECT count(*) FROM (SELECT 1 FROM inbox WHERE conv=$2 AND due IS NOT NULL LIMIT 1000) x)`

	// warned: was this person or this conversation told lately that it waits?
	warned = `SELECT count(*) FROM (SELECT 1 FROM inbox WHERE (who=$1 AND who<>'' OR conv=$2) AND late=1 AND added>$3 LIMIT 1) x`

	put = `INSERT INTO inbox(id,conv,who,body,rush,late,due,added) VALUES($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT(id) DO NOTHING`

	// joinable: the last message of that person in that conversation that nobody
	// has in hand. What rushes makes it due at once.
	joinable = `SELECT seq, id, body FROM inbox WHERE conv=$1 AND who=$2 AND due IS NOT NULL AND tries=0 ORDER BY seq DESC LIMIT 1 {keep}`
	join     = `UPDATE inbox SET body=$1, rush=CASE WHEN rush>$2 THEN rush ELSE $2 END, due=CASE WHEN $2>0 AND due>$4 THEN $4 ELSE due END WHERE seq=$3`

	// take: the first messages that are due, each the first open one of its
	// conversation, with none of it in hand; one that rushes passes by what rests.
	// ORDER BY due, seq and nothing else: the index has that order, and with a
	// hundred thousand open any other is a thousand times slower. Two NOT EXISTS and
	// not one with OR: each is a look into an index, where one reads all that is open
	// in the conversation. The CAST keeps SQLite from planning it anew for each
	// number that LIMIT is given, which costs more than the taking.
	take = `WITH pick AS MATERIALIZED (
  SELECT a.seq FROM inbox a WHERE a.due<=$1
    AND NOT EXISTS (SELECT 1 FROM inbox b WHERE b.conv=a.conv AND b.holder<>'' AND b.seq<>a.seq)
    AND NOT EXISTS (SELECT 1 FROM inbox b WHERE b.conv=a.conv AND b.due IS NOT NULL AND b.seq<a.seq AND NOT (a.rush=1 AND b.due>$1))
  ORDER BY a.due, a.seq LIMIT CAST($2 AS BIGINT) {skip})
UPDATE inbox SET due=$3, tries=tries+1, holder=$4 FROM pick WHERE inbox.seq=pick.seq
RETURNING inbox.seq, inbox.id, inbox.conv, inbox.who, inbox.body, inbox.tries, inbox.ended, inbox.failed, inbox.late, inbox.added`

	// done and rest do nothing for a process that no longer holds the message.
	done = `UPDATE inbox SET due=NULL, body=NULL, holder='' WHERE seq=$1 AND tries=$2 AND due IS NOT NULL`
	rest = `UPDATE inbox SET due=$1, holder='', ended=ended+1, failed=failed+$2 WHERE seq=$3 AND tries=$4 AND due IS NOT NULL`

	// more: is more of this conversation open?
	more = `SELECT EXISTS(SELECT 1 FROM inbox WHERE conv=$1 AND due IS NOT NULL)`

	// free gives back at once what waits for a time that cannot be meant: what a
	// dead process had in hand, or what a clock put back has moved away.
	free = `UPDATE inbox SET due=$1, holder='' WHERE due>$2`

	// freeHeld gives back what a process had in hand that is surely dead. What rests
	// goes on resting: a limit holds it up, or a post of it may be on its way.
	freeHeld = `UPDATE inbox SET due=$1, holder='' WHERE holder<>''`

	waiting = `SELECT (SELECT count(*) FROM (SELECT 1 FROM inbox WHERE due IS NOT NULL LIMIT 100000) x),
  COALESCE((SELECT min(added) FROM inbox WHERE due IS NOT NULL), 0)`

	remember   = `INSERT INTO memory(conv,who,body,until) VALUES($1,$2,$3,$4) ON CONFLICT(conv) DO UPDATE SET who=excluded.who, body=excluded.body, until=excluded.until`
	recall     = `SELECT body FROM memory WHERE conv=$1 AND until>=$2 AND until<=$3`
	forgetTalk = `DELETE FROM memory WHERE conv=$1 OR who=$2 AND who<>''`

	// Of a person that is to be forgotten the ids stay: a platform that repeats an
	// event must not have it answered. What is in hand stays for its worker, who
	// will find that it is no longer the holder; the message that asked is spared.
	forgetOpen = `UPDATE inbox SET body=NULL, due=NULL, holder='' WHERE (who=$1 AND who<>'' OR who='' AND conv=$2) AND due IS NOT NULL AND seq<>$3`
	forgetIDs  = `UPDATE inbox SET who='', conv='' WHERE (who=$1 AND who<>'' OR conv=$2 AND who='') AND due IS NULL`

	hold    = `INSERT INTO lease(name,holder,until) VALUES($1,$2,$3) ON CONFLICT(name) DO UPDATE SET holder=excluded.holder, until=excluded.until WHERE lease.holder=excluded.holder OR lease.until<$4 OR lease.until>$5`
	held    = `SELECT state FROM lease WHERE name=$1`
	leave   = `UPDATE lease SET until=0, holder='' WHERE name=$1 AND holder=$2`
	note    = `UPDATE lease SET state=$1 WHERE name=$2 AND holder=$3 AND until>=$4`
	count   = `INSERT INTO counter(day,name,n) VALUES($1,$2,$3) ON CONFLICT(day,name) DO UPDATE SET n=counter.n+excluded.n`
	counted = `SELECT day, name, n FROM counter WHERE day>=$1 ORDER BY day, name`
	set     = `INSERT INTO setting(scope,name,value) VALUES($1,$2,$3) ON CONFLICT(scope,name) DO UPDATE SET value=excluded.value`
	setting = `SELECT value FROM setting WHERE scope=$1 AND name=$2`
	unset   = `DELETE FROM setting WHERE scope=$1 AND name=$2`
	scopes  = `SELECT scope FROM setting WHERE name=$1 ORDER BY scope`

	addEpoch  = `INSERT INTO epoch(name,day,wrapped) VALUES($1,$2,$3) ON CONFLICT(name) DO NOTHING`
	getEpoch  = `SELECT wrapped FROM epoch WHERE name=$1`
	allEpochs = `SELECT name, wrapped FROM epoch`
	setEpoch  = `UPDATE epoch SET wrapped=$1 WHERE name=$2`

	sweepMemory  = `DELETE FROM memory WHERE until<$1 OR until>$2`
	sweepInbox   = `DELETE FROM inbox WHERE seq IN (SELECT seq FROM inbox WHERE due IS NULL AND added<$1 LIMIT $2)`
	sweepLease   = `DELETE FROM lease WHERE until<$1 AND state=''`
	sweepCounter = `DELETE FROM counter WHERE day<$1`
	// A day's key goes once nothing that it sealed can be there.
	sweepEpoch = `DELETE FROM epoch WHERE day<$1 AND day>0 AND day<COALESCE((SELECT min(added) FROM inbox WHERE due IS NOT NULL), $2)/86400000 - 1`
)
