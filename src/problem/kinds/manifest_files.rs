//! `dev.yaml` and the files of the repo that it names.

use crate::problem::{Exit, ProblemKind, Repair};

super::kinds! {
    NO_MANIFEST = ProblemKind::new("no-manifest", Exit::Manifest)
        .title("There is no dev.yaml here")
        .repaired_by(Repair::Up)
        .page("
            devenv reads dev.yaml, which stands at the root of the repo, and looks for it in the current folder and all above. It says
            what the code needs; one service is enough to begin with. Without one, `devenv up` brings up what the repo says by itself, and
            `devenv init` writes that down; here neither was found.
        ")
        .fixes(&["change to the folder of your repo, or name it with -C", "devenv init", "write one:  echo 'services: { db: postgres }' > dev.yaml"])
        .example("
            error[no-manifest]: there is no dev.yaml in /home/ada/shop or above
              fix: devenv init                # writes one from what the repo says, where it says enough
              fix: write one; this is enough to begin with:
                   echo 'services: { db: postgres }' > dev.yaml
        ")
        .tested(&["tests/cli/manifest.rs::without_a_manifest_every_command_says_what_to_do"]);

    NOTHING_FOUND = ProblemKind::new("nothing-found", Exit::Manifest)
        .title("Nothing that can be brought up was found in the repo")
        .page("
            `devenv init` reads what a repo says by itself: languages and their lock files, scripts, docker-compose.yml, devcontainer.json, CI
            workflows, settings of databases. Here it met nothing of the kind, or nothing that it knows.
        ")
        .fixes(&["change to the folder of your repo, or name it with -C", "write dev.yaml by hand:  echo 'services: { db: postgres }' > dev.yaml"])
        .example("
            error[nothing-found]: nothing that can be brought up was found in /home/ada/notes
              why: no language, framework, docker-compose.yml or database settings that devenv knows is in it
              fix: change to the folder of your repo, or name it with -C
        ")
        .tested(&["tests/cli/init.rs::where_nothing_is_found_the_way_on_is_told"]);

    REPO_FILE_BROKEN = ProblemKind::new("repo-file-broken", Exit::Manifest)
        .title("A file that says what the repo is cannot be understood")
        .page("
            There is no dev.yaml, so devenv reads what the repo says by itself: package.json, pyproject.toml, docker-compose.yml and the like.
            One of these files is empty or not of its format, and nothing else says what to bring up.
        ")
        .fixes(&["correct the line that is told, then: devenv up"])
        .example("
            error[repo-file-broken]: package.json cannot be understood, and nothing else says what to bring up
              --> package.json:4
              why: it is not JSON: expected `:`
              fix: correct package.json:4, then: devenv up
        ")
        .tested(&["tests/cli/init.rs::a_broken_file_is_one_finding_with_its_line"]);

    REPO_UNCLEAR = ProblemKind::new("repo-unclear", Exit::Manifest)
        .title("What the repo says could not be put together")
        .page("
            There is no dev.yaml, and what was read from the repo does not make one: two parts contradict each other in a way that devenv
            did not foresee. Nothing was started or written.
        ")
        .fixes(&["look at what was read: devenv init --json --dry-run", "write dev.yaml by hand"])
        .example("
            error[repo-unclear]: what this repo says could not be put together
              why: two apps want port 3000
              fix: write dev.yaml by hand; this is enough to begin with:
                   echo 'services: { db: postgres }' > dev.yaml
        ")
        .tested(&["src/commands/unprepared.rs::what_contradicts_itself_is_told_as_such"]);

    REPO_UNREADABLE = ProblemKind::new("repo-unreadable", Exit::Manifest)
        .title("The folder of the repo cannot be read")
        .page("
            devenv looks into the repo for what it is made of, and the system does not let your user read the folder.
        ")
        .fixes(&["look at the rights of the folder: chmod u+rx ."])
        .example("
            error[repo-unreadable]: /home/ada/shop cannot be read
              why: Permission denied (os error 13)
              fix: look at the rights of the folder
        ")
        .tested(&["tests/cli/init.rs::a_folder_that_can_not_be_read_is_told"]);

    MANIFEST_UNWRITABLE = ProblemKind::new("manifest-unwritable", Exit::Environment)
        .title("dev.yaml cannot be written")
        .page("
            `devenv init` writes dev.yaml into the repo, and the system does not let your user write there.
        ")
        .fixes(&["make the folder writable for your user: chmod u+w .", "print it instead: devenv init --dry-run"])
        .example("
            error[manifest-unwritable]: /home/ada/shop/dev.yaml cannot be written
              why: Permission denied (os error 13)
              fix: make the folder writable for your user; or print it with `devenv init --dry-run`
        ")
        .tested(&["tests/cli/init.rs::a_folder_that_can_not_be_written_to_is_told"]);

    MANIFEST_UNREADABLE = ProblemKind::new("manifest-unreadable", Exit::Manifest)
        .title("dev.yaml cannot be read")
        .page("
            The file is there, and the system does not let your user read it: its rights say so, or it is a folder.
        ")
        .fixes(&["look at the rights of the file: chmod u+r dev.yaml"])
        .example("
            error[manifest-unreadable]: /home/ada/shop/dev.yaml cannot be read
              why: Permission denied (os error 13)
              fix: look at the rights of dev.yaml
        ")
        .tested(&["tests/cli/faults.rs::settings_and_manifests_that_can_not_be_read_are_told"]);

    PATH_MISSING = ProblemKind::new("path-missing", Exit::Manifest)
        .title("The folder of an app is not in the repo")
        .page("
            `path` of an app names a folder of the repo that is not there: misspelt, moved, or not part of what was checked out.
        ")
        .fixes(&["correct `path` in dev.yaml, or bring the folder into the repo"])
        .example("
            error[path-missing]: the folder `services/api` of `api` does not exist
              fix: correct `path` in dev.yaml, or bring it into the repo
        ")
        .tested(&["tests/cli/manifest.rs::what_the_manifest_names_in_the_repo_has_to_be_there"]);

    PATH_OUTSIDE = ProblemKind::new("path-outside", Exit::Manifest)
        .title("The folder of an app leads out of the repo")
        .page("
            `path` of an app is a link to a folder elsewhere on this computer. What runs for a repo sees the repo and nothing else.
        ")
        .fixes(&["put the folder itself into the repo"])
        .example("
            error[path-outside]: the folder of `api` leads out of the repo
              why: it is a link to /home/ada/other
              fix: put the folder itself into the repo
        ")
        .tested(&["tests/cli/manifest.rs::nothing_leads_out_of_the_repo"]);

    FILE_MISSING = ProblemKind::new("file-missing", Exit::Manifest)
        .title("A file that a service reads is not in the repo")
        .page("
            `files` of a service names a file or folder of the repo that is not there, or that your user may not read.
        ")
        .fixes(&["correct `files` in dev.yaml, or bring the file into the repo"])
        .example("
            error[file-missing]: the file `deploy/nginx.conf` of `web` does not exist
              fix: correct `files` in dev.yaml, or bring it into the repo
        ")
        .tested(&["tests/cli/manifest.rs::what_the_manifest_names_in_the_repo_has_to_be_there"]);

    FILE_OUTSIDE = ProblemKind::new("file-outside", Exit::Manifest)
        .title("A file that a service reads leads out of the repo")
        .page("
            `files` or `seed` of a service names a link to something elsewhere on this computer. What runs for a repo sees the repo and
            nothing else.
        ")
        .fixes(&["put the file itself into the repo"])
        .example("
            error[file-outside]: the file `deploy/nginx.conf` of `web` leads out of the repo
              why: it is a link to /etc/nginx/nginx.conf
              fix: put the file itself into the repo
        ")
        .tested(&["tests/cli/faults.rs::what_is_named_has_to_be_a_name_and_in_the_repo"]);

    ENV_FILE = ProblemKind::new("env-file", Exit::Manifest)
        .title("`.env` is not understood")
        .page("
            Secrets may stand in a file .env at the root of the repo, a line each: KEY=value. A line of it has another form, or the file
            cannot be read.
        ")
        .fixes(&["write  KEY=value  or  KEY=\"several words\"  lines; a comment begins with #"])
        .example("
            error[env-file]: `.env` is not understood
              why: line 3: a quote is never closed
              fix: write  KEY=value  or  KEY=\"several words\"  lines; a comment begins with #
        ")
        .tested(&["tests/cli/faults.rs::secrets_that_are_not_there_are_told"]);
}
