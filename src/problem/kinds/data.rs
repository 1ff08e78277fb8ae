//! Data of services, and what is saved of it.

use crate::problem::{Exit, ProblemKind, Repair};

super::kinds! {
    DATA_OTHER_VERSION = ProblemKind::new("data-other-version", Exit::Environment)
        .title("The data of a service was written by another version of it")
        .page("
            Most databases do not read the data of another major version, and some damage it when they try. devenv knows which version
            wrote the data and starts nothing that does not read it. Nothing was started or changed.

            Data of an older PostgreSQL is brought over to the newer one after a yes, and what was there before is kept.
        ")
        .fixes(&[
            "devenv up --yes        # brings it over, where that can be done",
            "write the old version into dev.yaml again",
            "devenv reset NAME        # begins with empty data; devenv undo brings this back",
        ])
        .repaired_by(Repair::Up)
        .example("
            error[data-other-version]: the data of `db` was written by PostgreSQL 16
              why: PostgreSQL 17 does not read it; nothing was started or changed
              fix: devenv up --yes       # brings it over to 17; the old data is kept
              fix: db: postgres@16       # in dev.yaml, goes on with the data as it is
              fix: devenv reset db       # begins with empty data; devenv undo brings this back
        ")
        .tested(&["tests/engine/data.rs::another_major_version_is_refused_before_anything_is_touched"]);

    DATA_NOT_BROUGHT_OVER = ProblemKind::new("data-not-brought-over", Exit::Environment)
        .title("Data could not be brought over to another version")
        .page("
            The data was read with the old version and written with the new one, and something went wrong on the way: an extension
            that the new version lacks, a full disk. The data is as it was; what was made of it so far has been removed.
        ")
        .fixes(&["devenv up --yes        # tries again", "write the old version into dev.yaml again: it goes on with the data as it is"])
        .example("
            error[data-not-brought-over]: the data of `db` could not be brought over to 17
              why: PostgreSQL 17 did not take everything; the data is as it was, and nothing else is left
              fix: db: postgres@16       # in dev.yaml, then devenv up: goes on with the data as it is
              fix: devenv up --yes       # tries again
        ")
        .tested(&["tests/engine/migrate.rs::what_does_not_come_to_its_end_changes_nothing"]);

    CONSENT = ProblemKind::new("consent", Exit::Environment)
        .title("Data would begin empty, and there is nobody to ask")
        .page("
            A reset sets the data of services aside and begins with empty data. Without a terminal nobody can be asked whether that is
            meant, so nothing was changed. What is set aside comes back with `devenv undo`.
        ")
        .fixes(&["devenv reset NAME --yes"])
        .example("
            error[consent]: the data of `db` would begin empty, and there is nobody to ask
              why: nothing was changed
              fix: devenv reset db --yes
        ")
        .tested(&["tests/engine/sacred.rs::rows_come_back_after_a_reset_and_setup_knows_which_data_it_has_worked_on"]);

    NO_DATA = ProblemKind::new("no-data", Exit::Usage)
        .title("There is no data to reset")
        .page("
            A reset is for services that keep data. An app keeps its data in the repo or in a service, and a service keeps data where
            the catalog or `data` in dev.yaml says so.
        ")
        .fixes(&["devenv reset        # all services that keep data", "name what is kept with `data` in dev.yaml"])
        .example("
            error[no-data]: `api` keeps no data, so there is nothing to reset
              why: services keep data where the catalog or `data` in dev.yaml says so
              fix: devenv reset        # all services that keep data
        ")
        .tested(&["tests/engine/faults.rs::commands_that_find_nothing_say_so"]);

    NOTHING_TO_UNDO = ProblemKind::new("nothing-to-undo", Exit::Environment)
        .or(&[Exit::Usage])
        .title("There is no data to bring back")
        .page("
            `devenv undo` brings back what a reset or a newer version has set aside in this checkout. The latest three of each service
            are kept, and every one for a week. Nothing is there, or nothing of the id that was given.
        ")
        .fixes(&["devenv undo --list", "devenv undo --gc --list        # what `devenv gc` has saved"])
        .example("
            error[nothing-to-undo]: there is nothing to bring back in this checkout
              why: no data was reset or brought over to another version here, or it was so long ago that it is gone
              fix: devenv undo --gc --list        # what `devenv gc` has saved
        ")
        .tested(&["tests/engine/faults.rs::commands_that_find_nothing_say_so"]);

    SAVED_DATA_DAMAGED = ProblemKind::new("saved-data-damaged", Exit::Environment)
        .title("Saved data cannot be brought back")
        .page("
            `devenv gc` saves data into a file before it removes it. This file is not there any more, or it was changed or cut since.
            What a service has now was not touched.
        ")
        .fixes(&["devenv undo --gc --list        # what else there is"])
        .example("
            error[saved-data-damaged]: the saved data of `db` cannot be brought back
              why: the file ends too early
              fix: devenv undo --gc --list        # what else there is
        ")
        .tested(&["tests/engine/faults.rs::saved_data_that_is_damaged_or_belongs_elsewhere_stays_where_it_is"]);

    SAVED_ELSEWHERE = ProblemKind::new("saved-elsewhere", Exit::Environment)
        .title("Saved data belongs to another checkout, and there is nobody to ask")
        .page("
            The data was saved from another folder than this one. It can go back to where it was, or come into this checkout; without
            a terminal nobody can be asked which is meant, so nothing was changed.
        ")
        .fixes(&["devenv undo --gc ID --yes        # into this checkout", "devenv -C / undo --gc ID         # to where it was"])
        .example("
            error[saved-elsewhere]: data of `db` was saved from another checkout
              why: it was saved from /home/ada/old-shop, and there was nobody to ask where it is to go
              fix: devenv undo --gc db-20260301 --yes        # into this checkout
              fix: devenv -C / undo --gc db-20260301         # to where it was
        ")
        .tested(&["tests/engine/faults.rs::saved_data_that_is_damaged_or_belongs_elsewhere_stays_where_it_is"]);
}
