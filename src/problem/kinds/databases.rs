//! Databases as a self-service: `devenv db`.

use crate::problem::{Exit, ProblemKind, Repair};

super::kinds! {
    NO_DATABASE_SERVICE = ProblemKind::new("no-database-service", Exit::Environment)
        .title("No service of the repo keeps databases that can be made here")
        .page("
            `devenv db` makes databases in a service that the repo's dev.yaml names. Where there is none, a database service of your own
            does as well: it belongs to no repo, starts when it is first needed, and `--scratch` means it.
        ")
        .fixes(&["devenv db create NAME --scratch", "add one to dev.yaml:  services: { db: postgres }"])
        .example("
            error[no-database-service]: no service of dev.yaml keeps databases that could be made here
              why: that works with postgres, mysql and mariadb
              fix: devenv db create NAME --scratch        # in a database service of your own
        ")
        .tested(&["tests/cli/databases.rs::what_is_meant_has_to_be_clear_before_anything_starts"]);

    WHICH_DATABASE = ProblemKind::new("which-database", Exit::Usage)
        .title("It is not clear which database is meant")
        .page("
            A database is named by itself (`scratch`), by its service (`db` means the service's own), or by both (`db/scratch`). Where
            several services keep databases, or several databases have the name, only both say enough.
        ")
        .fixes(&["devenv db list        # what there is", "name it as SERVICE/NAME"])
        .example("
            error[which-database]: it is not clear which database is meant
              why: there are `db` and `legacy`
              fix: say which: `db`, or `db/NAME`
        ")
        .tested(&["tests/cli/databases.rs::what_is_meant_has_to_be_clear_before_anything_starts"]);

    UNKNOWN_DATABASE = ProblemKind::new("unknown-database", Exit::Environment)
        .title("There is no database of that name")
        .page("
            The service runs, and has no database that is called so. What was dropped is called so no more, but can be brought back.
        ")
        .fixes(&["devenv db list", "devenv db undo --list        # what was dropped"])
        .example("
            error[unknown-database]: `db` has no database `scrach`
              why: it has `app` and `scratch`
              fix: did you mean `scratch`?
        ")
        .tested(&["tests/engine/databases.rs::what_is_not_there_is_told_with_what_is"]);

    DATABASE_NAME = ProblemKind::new("database-name", Exit::Usage)
        .title("No database can be called that")
        .page("
            The name of a new database stands in a URL, in SQL and on command lines, so it holds letters, digits, `_` and `-` only, begins
            with a letter, and has at most 48 characters. Databases that have other names already can be used all the same.
        ")
        .fixes(&["choose a name such as `trial_2`"])
        .example("
            error[database-name]: no database can be called `my shop`
              why: the name may hold letters, digits, `_` and `-` only
              fix: devenv db create my_shop
        ")
        .tested(&["tests/cli/databases.rs::what_is_typed_wrongly_is_told_before_anything_starts"]);

    DATABASE_EXISTS = ProblemKind::new("database-exists", Exit::Environment)
        .title("There is a database of that name already")
        .page("
            Nothing was changed: a database is never made in place of another one without a word.
        ")
        .fixes(&["devenv db url NAME        # where it answers", "choose another name", "devenv db drop NAME        # devenv db undo brings it back"])
        .example("
            error[database-exists]: `db` has a database `scratch` already
              why: nothing was changed
              fix: devenv db url db/scratch        # where it answers
              fix: choose another name, or drop it first: `devenv db undo` brings it back
        ")
        .tested(&["tests/engine/databases.rs::what_is_there_is_never_overwritten_by_a_new_one"]);

    DATABASE_REFUSED = ProblemKind::new("database-refused", Exit::Environment)
        .title("A database server refused what was asked of it")
        .page("
            devenv asked the server by its own client, and the server said no. Its words are shown. What a command was about to replace is
            as it was before.
        ")
        .fixes(&["devenv logs SERVICE", "devenv db list"])
        .example("
            error[database-refused]: `db` did not do what was asked of it
              why: could not extend file: No space left on device
              fix: devenv logs db
        ")
        .tested(&["tests/engine/databases.rs::a_dump_that_breaks_off_changes_nothing"]);

    OWN_DATABASE = ProblemKind::new("own-database", Exit::Usage)
        .title("That database was not made by `devenv db`")
        .page("
            A service has a database of its own, which apps find under its name. It has no time after which it goes, and is not dropped: to
            begin with empty data there is `devenv reset`, which sets the old data aside.
        ")
        .fixes(&["devenv reset SERVICE", "devenv db list"])
        .example("
            error[own-database]: `app` is the database that `db` is for
              why: apps find it under this name, and nothing would make it again
              fix: devenv reset db        # begins with empty data; devenv undo brings it back
        ")
        .tested(&["tests/engine/databases.rs::a_services_own_database_is_not_dropped"]);

    DATABASE_ENGINE = ProblemKind::new("database-engine", Exit::Usage)
        .title("Databases of that kind can't be made")
        .page("
            `--engine` takes a database of the catalog, with a version or without: `postgres`, `postgres@16`, `mariadb@11.8`.
        ")
        .fixes(&["devenv db create NAME --engine postgres"])
        .example("
            error[database-engine]: databases of `postgers` can't be made here
              why: that works with postgres, mysql and mariadb
              fix: --engine postgres
        ")
        .tested(&["tests/cli/databases.rs::what_is_typed_wrongly_is_told_before_anything_starts"]);

    DATABASES_FULL = ProblemKind::new("databases-full", Exit::Environment)
        .title("A server has no room for another database")
        .page("
            Redis and Valkey keep sixteen databases, known by number. All of them are taken: by what was made, and by what was dropped or
            replaced and can still be brought back.
        ")
        .fixes(&["devenv db clean        # removes what was dropped, for good", "devenv db drop NAME"])
        .repaired_by(Repair::Command("devenv db clean"))
        .example("
            error[databases-full]: `cache` has no room for another database
              why: it keeps 16, and all of them are taken, some by what was dropped and can still be brought back
              fix: devenv db clean        # removes what was dropped, for good
              fix: devenv db drop NAME
        ")
        .tested(&["tests/engine/databases.rs::a_server_that_counts_its_databases_says_when_it_is_full"]);

    LIFETIME = ProblemKind::new("lifetime", Exit::Usage)
        .title("That is no time for which a database can be kept")
        .page("
            A time is a number with `m` for minutes, `h` for hours, `d` for days or `w` for weeks, up to a year.
        ")
        .fixes(&["--for 4h"])
        .example("
            error[lifetime]: `4 hours` is no time such as 30m, 4h, 2d or 1w
              fix: --for 4h        # m, h, d and w are understood
        ")
        .tested(&["tests/cli/databases.rs::what_is_typed_wrongly_is_told_before_anything_starts"]);

    SNAPSHOT_NAME = ProblemKind::new("snapshot-name", Exit::Usage)
        .title("No snapshot can be called that")
        .page("
            The name of a snapshot holds letters, digits, `-`, `_` and `.`, and has at most 60 characters.
        ")
        .fixes(&["choose a name such as `before-migration`"])
        .example("
            error[snapshot-name]: no snapshot can be called `../x`
              why: its name may hold letters, digits, `-`, `_` and `.`, at most 60 of them
              fix: choose a name such as `before-migration`
        ")
        .tested(&["tests/cli/databases.rs::what_is_typed_wrongly_is_told_before_anything_starts"]);

    SNAPSHOT_EXISTS = ProblemKind::new("snapshot-exists", Exit::Environment)
        .title("There is a snapshot of that name already")
        .page("
            Snapshots are never overwritten, since one that was taken before a risky change would be gone just when it is wanted. Nothing
            was changed.
        ")
        .fixes(&["choose another name", "devenv db drop --snapshot NAME        # removes it for good"])
        .example("
            error[snapshot-exists]: there is a snapshot `before-migration` already
              why: nothing was changed
              fix: choose another name
              fix: devenv db drop --snapshot before-migration        # removes it for good
        ")
        .tested(&["tests/engine/databases.rs::what_is_there_is_never_overwritten_by_a_new_one"]);

    UNKNOWN_SNAPSHOT = ProblemKind::new("unknown-snapshot", Exit::Environment)
        .title("There is no snapshot of that name")
        .page("
            `devenv db snapshot` takes one, and `devenv db list --snapshots` shows those of all repos.
        ")
        .fixes(&["devenv db list --snapshots", "devenv db snapshot"])
        .example("
            error[unknown-snapshot]: there is no snapshot `befor-migration`
              fix: did you mean `before-migration`?
        ")
        .tested(&["tests/cli/databases.rs::what_is_meant_has_to_be_clear_before_anything_starts"]);

    SNAPSHOT_DAMAGED = ProblemKind::new("snapshot-damaged", Exit::Environment)
        .title("A snapshot is not what it was when it was taken")
        .page("
            Every snapshot has a checksum, and this one's does not fit: the file was changed or damaged. Nothing was changed in the database.
        ")
        .fixes(&["devenv db list --snapshots        # what else there is"])
        .example("
            error[snapshot-damaged]: the snapshot `before-migration` can't be brought back
              why: the file is not what was saved
              fix: devenv db list --snapshots        # what else there is
        ")
        .tested(&["tests/engine/databases.rs::a_damaged_snapshot_changes_nothing"]);

    SNAPSHOT_FOREIGN = ProblemKind::new("snapshot-foreign", Exit::Environment)
        .title("A snapshot is of a server that this one does not understand")
        .page("
            A snapshot can be brought back into the same kind of server, of the same version or a newer one. Nothing was changed.
        ")
        .fixes(&["devenv db list --snapshots", "write the version that it was taken with into dev.yaml"])
        .example("
            error[snapshot-foreign]: the snapshot `before` is of a newer version than `db`
              why: PostgreSQL 15 does not read what PostgreSQL 17 wrote
              fix: db: postgres@17        # in dev.yaml
        ")
        .tested(&["tests/engine/databases.rs::a_snapshot_goes_into_a_newer_version_and_not_into_an_older_one"]);

    SNAPSHOT_ELSEWHERE = ProblemKind::new("snapshot-elsewhere", Exit::Usage)
        .title("A snapshot is of another environment")
        .page("
            `devenv db restore` puts a snapshot where it was taken. Snapshots of other repos and checkouts, and of databases of your own,
            are shown by `devenv db list --snapshots`, and come here only to a place that is said. Nothing was changed.
        ")
        .fixes(&["devenv db restore SNAPSHOT --into DB        # in place of what is there", "devenv db create NAME --from SNAPSHOT        # beside it"])
        .example("
            error[snapshot-elsewhere]: the snapshot `before` is not of this environment
              why: it was taken of postgres/trial of `scratch`; nothing was changed
              fix: devenv db restore before --into db        # in place of what is there
              fix: devenv db create db/NAME --from before        # beside it
        ")
        .tested(&["tests/engine/databases_own.rs::databases_of_ones_own_are_found_and_stopped_from_anywhere"]);

    SNAPSHOT_UNWRITABLE = ProblemKind::new("snapshot-unwritable", Exit::Environment)
        .title("What a server gave could not be written down")
        .page("
            The disk is full, or the file may not be written. What was written so far has been removed, and the database is as it was.
        ")
        .fixes(&["see to it that there is room", "devenv gc"])
        .repaired_by(Repair::Person)
        .example("
            error[snapshot-unwritable]: what the server gave could not be written down
              why: No space left on device (os error 28)
              fix: see to it that there is room, and that your user may write there
        ")
        .tested(&["tests/engine/databases.rs::a_full_disk_leaves_no_snapshot_behind"]);

    DUMP_UNREADABLE = ProblemKind::new("dump-unreadable", Exit::Environment)
        .title("A file could not be read to its end")
        .page("
            The file is cut off or damaged. What had been loaded of it was removed, and the database is as it was before.
        ")
        .fixes(&["get the file once more"])
        .example("
            error[dump-unreadable]: the file could not be read to its end
              why: unexpected end of file
              fix: get the file once more: it is cut off or damaged
        ")
        .tested(&["tests/engine/databases.rs::a_dump_that_breaks_off_changes_nothing"]);

    DUMP_REFUSED = ProblemKind::new("dump-refused", Exit::Environment)
        .title("A file reaches beyond the database that it is loaded into")
        .page("
            What is imported may do anything in its own database and nothing elsewhere: no commands for the client (`\\c`, `\\!`), no files of the
            server, no second database, no settings of the server. The line that does so is named. Nothing was changed.
        ")
        .fixes(&["take the line out if it is yours", "a dump of several databases: write one file for each"])
        .example("
            error[dump-refused]: the file reaches beyond the database that it is loaded into
              why: line 7 is a command for the client, which could run programs or connect elsewhere
              fix: look at that line: take it out if it is yours, and ask where the file comes from if it is not
        ")
        .tested(&["tests/engine/databases_hostile.rs::a_hostile_dump_reaches_nothing_but_its_own_database"]);

    DUMP_FOREIGN = ProblemKind::new("dump-foreign", Exit::Environment)
        .title("A dump is of another kind of server")
        .page("
            What is in the file is told by how it begins, whatever the file is called. A dump can be loaded into the kind of server that it
            was taken of. Nothing was changed.
        ")
        .fixes(&["name another service:  devenv db import FILE --into SERVICE", "write a dump of one database, not of a whole server"])
        .example("
            error[dump-foreign]: `db` can't load that
              why: it is a dump of MySQL, and `db` is PostgreSQL 17
              fix: name another service:  devenv db import FILE --into SERVICE
        ")
        .tested(&["tests/engine/databases.rs::what_is_no_dump_for_this_server_changes_nothing"]);

    EXPORT_WHERE = ProblemKind::new("export-where", Exit::Usage)
        .or(&[Exit::Environment])
        .title("A dump can't be written there")
        .page("
            A file that is there already is left as it is, and what is no text is not printed to a terminal.
        ")
        .fixes(&["devenv db export DB FILE        # with the name of a file that is not there yet"])
        .example("
            error[export-where]: shop.sql.gz can't be written
              why: there is a file of that name, and it is left as it is
              fix: choose another file
        ")
        .tested(&["tests/engine/databases.rs::what_is_there_is_never_overwritten_by_a_new_one"]);

    NO_CLIENT = ProblemKind::new("no-client", Exit::Environment)
        .title("There is no program that opens databases")
        .page("
            `devenv db open` hands the address to the desktop program that is there for such addresses. Here is no desktop, or no such program.
        ")
        .fixes(&["devenv db shell        # the database's own client", "devenv db url        # to paste elsewhere"])
        .example("
            error[no-client]: there is no program that opens databases
              why: no desktop is here, or none of its programs takes such addresses
              fix: devenv db shell db        # the database's own client
              fix: devenv db url db        # to paste elsewhere
        ")
        .tested(&["tests/engine/databases.rs::without_a_desktop_the_other_ways_are_told"]);

    SEED_MISSING = ProblemKind::new("seed-missing", Exit::Environment)
        .title("What a new database is filled with can't be had")
        .page("
            `seed` in dev.yaml names files of the repo, or a snapshot that is fetched from a URL by `curl`. One of them is not there or can't
            be read. Nothing was made: a database is never begun with a part of its seed.
        ")
        .fixes(&["correct `seed` in dev.yaml", "add the file to the repo"])
        .example("
            error[seed-missing]: `db/rows.sql`, which a new database is filled with, can't be had
              why: No such file or directory (os error 2)
              fix: correct `seed` in dev.yaml, or add the file to the repo
        ")
        .tested(&["tests/engine/seeds.rs::a_seed_that_is_wrong_is_told_with_its_line_and_leaves_nothing"]);

    SEED_OTHER = ProblemKind::new("seed-other", Exit::Environment)
        .title("A seed is not the one that dev.yaml means")
        .page("
            The checksum of what was found differs from the one in dev.yaml: it was changed, or it was cut off on its way. It was not used.
        ")
        .fixes(&["get the right one", "write the checksum of the new one into dev.yaml"])
        .example("
            error[seed-other]: `shop.dump` is not the seed that dev.yaml means
              why: its checksum is 60303ae2…, and dev.yaml has 9f86d081…
              fix: sha256: 60303ae2…        # in dev.yaml, if it is right as it is
        ")
        .tested(&["tests/engine/seeds.rs::a_snapshot_from_a_url_is_fetched_once_and_only_the_right_one_is_used"]);

    SEED_FAILED = ProblemKind::new("seed-failed", Exit::Environment)
        .title("A new database could not be filled with its seed")
        .page("
            The server refused a statement of the seed, or its command failed. The database is as empty as it was: all of a seed goes into a
            database of its own first, which takes its place once it is whole. The next `devenv up` begins with the seed again.
        ")
        .fixes(&["correct the line that is named", "devenv up"])
        .example("
            error[seed-failed]: `db` could not be filled with db/rows.sql, line 12
              why: relation \"orders\" does not exist
              fix: correct it, then: devenv up db        # begins with it again
        ")
        .tested(&["tests/engine/seeds.rs::a_seed_that_is_wrong_is_told_with_its_line_and_leaves_nothing"]);

    SEED_DEADLINE = ProblemKind::new("seed-deadline", Exit::Deadline)
        .title("A new database was not filled with its seed in time")
        .page("
            A file or the command of the seed did not come to an end: mostly it waits for an answer, which nobody can give there, or for
            something that does not come. It was ended, and the database is as empty as it was. A seed has half an hour, or what
            `--timeout` gives to the whole command. The next `devenv up` begins with it again.
        ")
        .fixes(&["let the command ask nothing", "devenv up --timeout 2h"])
        .example("
            error[seed-deadline]: `db` was not filled with `sh fill.sh` within 30 min 0 s
              why: it was ended; it may wait for an answer that nobody gives, or for something that does not come
              fix: look at what it does, and let it ask nothing
              fix: devenv up --timeout 2h        # if it only needs longer
        ")
        .tested(&["tests/engine/seeds.rs::a_seed_that_does_not_end_is_ended"]);
}
