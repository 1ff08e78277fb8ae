//! Getting what a service or an app runs from.

use crate::problem::{Asked, Exit, ProblemKind, Repair};

super::kinds! {
    DOWNLOAD_NOT_FOUND = ProblemKind::new("download-not-found", Exit::Environment)
        .title("There is nothing to download under this name and version")
        .page("
            The place that was asked answered, and knows no such version. Mostly a number in dev.yaml is wrong, or the version has
            been withdrawn. A mirror of your organisation may also offer less than the origin.
        ")
        .fixes(&["correct the version in dev.yaml", "choose one of the versions in docs/catalog.md, which are known to work"])
        .answered(Asked::Download, "manifest for postgres:17.99 not found: manifest unknown: manifest unknown")
        .tested(&["tests/engine/failures.rs::a_version_that_does_not_exist_is_told"]);

    DOWNLOAD_UNAUTHORISED = ProblemKind::new("download-unauthorised", Exit::Environment)
        .title("A download wants a login")
        .page("
            Whoever offers it lets only people in who have logged in, or has nothing of this name: for strangers both look alike.
            devenv uses the logins that Docker has stored. With several mirrors `devenv up` takes the next one by itself, and the public
            origin after the last.
        ")
        .repaired_by(Repair::Up)
        .fixes(&["docker login HOST     # with the host that stands before the first / of its name", "check the name in dev.yaml"])
        .answered(Asked::Download, "Head \"http://mirror.example/v2/library/postgres/manifests/17\": no basic auth credentials")
        .tested(&["tests/engine/mirror.rs::a_mirror_that_fails_is_passed_over", "tests/engine/mirror.rs::a_source_that_wants_a_login_is_told"]);

    DOWNLOAD_RATE_LIMITED = ProblemKind::new("download-rate-limited", Exit::Environment)
        .title("Too many downloads: the other side asks for a pause")
        .page("
            Public sources allow only so many downloads in some hours, counted by internet address: a whole office may share one. What
            is on this computer already is not downloaded again and does not count. With several mirrors
            `devenv up` takes the next one by itself, and the public origin after the last.
        ")
        .repaired_by(Repair::Up)
        .fixes(&[
            "docker login          # a free account has a higher limit",
            "set DEVENV_MIRROR to your organisation's mirror",
            "wait an hour, then: devenv up",
        ])
        .answered(Asked::Download, "toomanyrequests: You have reached your unauthenticated pull rate limit.")
        .tested(&["tests/engine/mirror.rs::a_mirror_that_fails_is_passed_over", "tests/engine/mirror.rs::a_source_that_asks_for_a_pause_is_told"]);

    DOWNLOAD_UNREACHABLE = ProblemKind::new("download-unreachable", Exit::Environment)
        .title("What is to be downloaded from cannot be reached")
        .page("
            This computer, or Docker on it, gets no answer from there: there is no connection, a VPN or a proxy stands in between, the
            name is not known, or the other side is down. What is on this computer already needs no connection. With several mirrors
            `devenv up` takes the next one by itself, and the public origin after the last.
        ")
        .repaired_by(Repair::Up)
        .fixes(&[
            "check the connection, VPN and proxy, then: devenv up",
            "set DEVENV_MIRROR to your organisation's mirror",
        ])
        .answered(Asked::Download, "Get \"https://mirror.example/v2/\": dial tcp: lookup mirror.example on 10.0.0.1:53: no such host")
        .tested(&["tests/engine/mirror.rs::a_mirror_that_fails_is_passed_over", "tests/engine/mirror.rs::a_source_that_is_down_is_told"]);

    DOWNLOAD_FAILING = ProblemKind::new("download-failing", Exit::Environment)
        .title("What is downloaded from says that it cannot at the moment")
        .page("
            The other side answers, but with an error of its own: it is overloaded, or somebody is at work on it. devenv asks a few
            times, then the next source, and gives up where none is left.
        ")
        .fixes(&["wait a few minutes, then: devenv up", "set DEVENV_MIRROR to your organisation's mirror, or to another one"])
        .repaired_by(Repair::Up)
        .answered(Asked::Download, "received unexpected HTTP status: 503 Service Unavailable")
        .tested(&["tests/engine/mirror.rs::a_mirror_that_is_overloaded_is_told"]);

    DOWNLOAD_FOREIGN = ProblemKind::new("download-foreign", Exit::Environment)
        .title("A page for people came in the place of a download")
        .page("
            Something between this computer and the other side answers in its place: the login page of a Wi-Fi, a proxy that refuses,
            or a web server at the address of a mirror. What it sends is a page for a browser. With several mirrors
            `devenv up` takes the next one by itself, and the public origin after the last.
        ")
        .repaired_by(Repair::Up)
        .fixes(&["open any page in a browser and log in there, or connect the VPN, then: devenv up", "correct DEVENV_MIRROR, or `mirror` in the settings file"])
        .answered(Asked::Download, "error unmarshalling content: invalid character '<' looking for beginning of value")
        .tested(&["tests/engine/mirror.rs::a_mirror_that_fails_is_passed_over", "tests/engine/mirror.rs::a_page_in_the_place_of_a_download_is_told"]);

    DOWNLOAD_SILENT = ProblemKind::new("download-silent", Exit::Environment)
        .title("What is downloaded from accepts questions and answers none")
        .page("
            The connection stands and nothing comes through it: the other side hangs, or a proxy or VPN in between holds everything up.
            A mirror is given up sooner than the last source that is left. With several mirrors
            `devenv up` takes the next one by itself, and the public origin after the last.
        ")
        .repaired_by(Repair::Up)
        .fixes(&["check the connection, VPN and proxy, then: devenv up", "set DEVENV_MIRROR to another mirror of your organisation"])
        .example("
            error[download-silent]: PostgreSQL 17 for `db` could not be downloaded
              why: whoever offers it took the question and then said nothing for too long
                   that is the mirror mirror.example; where it comes from cannot be reached from this computer either
              fix: check the connection, VPN and proxy, then: devenv up
              fix: correct DEVENV_MIRROR, or `mirror` in the settings file, if that is the wrong one
        ")
        .tested(&["tests/engine/mirror.rs::a_mirror_that_fails_is_passed_over", "tests/engine/mirror.rs::a_mirror_that_hangs_is_told"]);

    MIRROR_NAME = ProblemKind::new("mirror-name", Exit::Environment)
        .title("What is given as a mirror is no name of one")
        .page("
            DEVENV_MIRROR, or `mirror` in the settings file, names where downloads are looked for first: a host such as mirror.example,
            with its port and a folder if it has them, several with commas between them. A word without a dot is no host to Docker.
        ")
        .fixes(&["write it as in  mirror.example:5000/team", "unset DEVENV_MIRROR          # to download from where things come from"])
        .example("
            error[mirror-name]: `our mirror` is no mirror's name
              why: DEVENV_MIRROR or the settings file says so, and PostgreSQL 17 for `db` was to come from there
              fix: write a host, with its port and a folder if it has them: mirror.example:5000/team
              fix: unset DEVENV_MIRROR          # to download from where things come from
        ")
        .tested(&["tests/engine/mirror.rs::what_is_no_mirror_is_told"]);

    DOWNLOAD_UNTRUSTED = ProblemKind::new("download-untrusted", Exit::Environment)
        .title("The certificate of what is downloaded from is not trusted")
        .page("
            The connection is encrypted, and nobody that Docker knows has signed for the other side. In many companies a proxy stands in
            between and shows a certificate of the company, which Docker has to be given once.
        ")
        .fixes(&["give Docker the certificate of your organisation, see https://docs.docker.com/engine/security/certificates", "set DEVENV_MIRROR to your organisation's mirror"])
        .answered(Asked::Download, "Get \"https://mirror.example/v2/\": x509: certificate signed by unknown authority");

    DOWNLOAD_BROKEN = ProblemKind::new("download-broken", Exit::Environment)
        .title("A download broke off or arrived damaged")
        .page("
            The connection ended in the middle, or what arrived is not what was announced; a proxy that changes what passes through
            it does that as well. What has arrived in good order is kept, and the next attempt goes on from there.
        ")
        .fixes(&["devenv up             # tries again, keeping what has arrived"])
        .repaired_by(Repair::Up)
        .answered(Asked::Download, "filesystem layer verification failed for digest sha256:ab12")
        .tested(&["tests/engine/mirror.rs::a_download_that_arrives_damaged_is_told"]);

    DOWNLOAD_PLATFORM = ProblemKind::new("download-platform", Exit::Environment)
        .title("It is not offered for this computer's kind of processor")
        .page("
            Programs are made for a kind of processor: most computers have Intel's (amd64), newer Macs have Arm's (arm64). The version
            that dev.yaml asks for is not offered for the one of this computer.
        ")
        .fixes(&["choose another version in dev.yaml", "build it yourself: `build: Dockerfile` in dev.yaml"])
        .answered(Asked::Download, "no matching manifest for linux/arm64/v8 in the manifest list entries")
        .tested(&["tests/engine/mirror.rs::what_is_offered_for_other_processors_only_is_told"]);

    DOWNLOAD_FAILED = ProblemKind::new("download-failed", Exit::Environment)
        .title("A download failed for a reason that devenv does not know")
        .page("
            The source answered with an error that devenv has no explanation for. The reason is the first line of it, put into plain
            words; `--verbose` shows it exactly as it came.
        ")
        .fixes(&["devenv up             # tries again", "devenv up --verbose   # shows Docker's own words"])
        .answered(Asked::Download, "received an answer that makes no sense: 418 I'm a teapot");

    DOWNLOAD_NAME = ProblemKind::new("download-name", Exit::Manifest)
        .title("What an app or a service is made from has no usable name")
        .page("
            What stands behind `image` in dev.yaml is a name such as opensearchproject/opensearch:2.19.0, with small letters, and a
            version behind a colon. A reference in it may have been filled with something that fits no name.
        ")
        .fixes(&["correct `image` in dev.yaml"])
        .example("
            error[download-name]: `search` cannot be made from `Open Search`
              why: `Open Search` has a character that no such name has
              fix: write it as in  nginx:1.27  or  ghcr.io/owner/name:1.2
        ")
        .tested(&["tests/cli/faults.rs::what_is_named_has_to_be_a_name_and_in_the_repo"]);

    BUILD_FAILED = ProblemKind::new("build-failed", Exit::Environment)
        .title("The build of an app failed")
        .page("
            An app with `build` is built from its Dockerfile first, and one of the steps in it ended with an error. Its last lines
            of output are shown; what ran before goes on running.
        ")
        .fixes(&["mend the step that is shown, then: devenv up", "devenv up --verbose   # shows all of the output"])
        .example("
            error[build-failed]: `api` could not be built
              why: a step of Dockerfile failed: the command `npm ci` ended with 1
              | npm error code EUSAGE
              fix: correct Dockerfile and: devenv up
        ")
        .tested(&["tests/engine/faults.rs::a_build_that_fails_is_told_with_its_last_lines"]);

    BUILD_UNREADABLE = ProblemKind::new("build-unreadable", Exit::Environment)
        .or(&[Exit::Manifest])
        .title("The files that an app is built from cannot be read")
        .page("
            For a build all files of the app's folder are read. One of them may not be read by your user, has vanished in between, or
            the folder is not there.
        ")
        .fixes(&["make the file or folder that is named readable for your user", "leave it out with a line in .dockerignore", "correct `build` in dev.yaml"])
        .example("
            error[build-unreadable]: what `api` is built from cannot be read
              why: api/private.key: Permission denied (os error 13)
              fix: look at the rights of api
        ")
        .tested(&["tests/engine/faults.rs::a_build_whose_files_can_not_be_read_is_told"]);

    DISK_FULL = ProblemKind::new("disk-full", Exit::Environment)
        .title("The disk is full")
        .page("
            No space is left where Docker keeps downloads and data. On macOS and Windows that is a disk of its own, whose size Docker
            Desktop's settings tell; on Linux it is mostly /var/lib/docker. Nothing that was there is lost.
        ")
        .fixes(&[
            "devenv gc               # removes what deleted checkouts left and what nothing uses any more",
            "docker system df        # shows what takes the space",
            "free some space, then: devenv up",
        ])
        .repaired_by(Repair::Command("devenv gc"))
        .answered(Asked::Download, "write /var/lib/docker/tmp/GetImageBlob123: no space left on device")
        .tested(&["tests/engine/own.rs::disk_full"]);
}
