//! What `devenv doctor` finds before it stops anything.

use crate::problem::{Exit, ProblemKind, Repair};

super::kinds! {
    ADDRESSES_FEW = ProblemKind::new("addresses-few", Exit::Environment)
        .title("Docker has few ranges of private addresses left")
        .page("
            Every environment, of devenv and of other tools, takes a range of private addresses, and Docker has some thirty to give
            unless it is told otherwise. devenv takes smaller ones of its own when none is left; other tools fail then.
        ")
        .fixes(&["devenv gc                # removes what deleted folders have left", "devenv down --all"])
        .repaired_by(Repair::Command("devenv gc"))
        .example("
            error[addresses-few]: Docker has 1 of its 31 ranges of private addresses left
              why: every environment of every tool takes one, 3 are devenv's
              fix: devenv gc                # removes what deleted folders have left
        ")
        .tested(&["src/doctor/checks/computer.rs::what_runs_short_is_told"]);

    ANOTHER_DEVENV = ProblemKind::new("another-devenv", Exit::Environment)
        .title("There is another program of the name devenv")
        .page("
            Two programs of one name are on the PATH, and which of them runs depends on the order of its folders. One may be the tool
            of the same name by cachix, which reads devenv.nix, or an older version of this one.
        ")
        .fixes(&["put the folder of the one you want first on the PATH", "remove the one you don't need"])
        .example("
            error[another-devenv]: /home/sam/.nix-profile/bin/devenv is another tool of the same name, by cachix
              why: it comes first on the PATH, so that typing `devenv` runs it and not /home/sam/.local/bin/devenv
              fix: export PATH=/home/sam/.local/bin:$PATH        # in your shell's settings
        ")
        .tested(&["tests/cli/doctor.rs::another_program_of_the_same_name_is_told"]);

    CERTIFICATES_INSIDE = ProblemKind::new("certificates-inside", Exit::Environment)
        .title("Apps don't trust a certificate")
        .page("
            Organisations often look into secure connections, and then everything has a certificate of an authority of their own. devenv passes on to apps what this computer trusts: its own authorities, and those that variables such as
            NODE_EXTRA_CA_CERTS name. One that is not among them has to be given to this computer first.

            It is only asked where a proxy or a file with certificates is set: elsewhere apps and this computer see the same.
        ")
        .fixes(&[
            "sudo cp CERTIFICATE.crt /usr/local/share/ca-certificates/ && sudo update-ca-certificates, then: devenv up",
            "name a file with it in NODE_EXTRA_CA_CERTS, then: devenv up",
        ])
        .example("
            error[certificates-inside]: apps don't trust the certificate of mirror.example
              why: who has issued it is not among the 142 authorities that devenv passes on to apps
              fix: or name a file with it in NODE_EXTRA_CA_CERTS; then: devenv up
        ")
        .tested(&["tests/engine/way.rs::a_certificate_is_looked_at_by_apps_with_what_they_trust"]);

    CERTIFICATES_MISSING = ProblemKind::new("certificates-missing", Exit::Environment)
        .title("A variable names certificates that are not there")
        .page("
            Where an organisation inspects secure connections, variables such as SSL_CERT_FILE name the authorities to trust. When the file
            they name is not there, programs that read it trust nobody, and every secure connection fails.
        ")
        .fixes(&["correct the path in the variable", "unset the variable: the system's own certificates are used then"])
        .example("
            error[certificates-missing]: SSL_CERT_FILE names /etc/corp.pem, which is not there
              why: programs that read it trust nobody, so that every secure connection fails
              fix: correct the path
        ")
        .tested(&["tests/cli/computer.rs::certificates_that_a_variable_names_have_to_be_there", "src/doctor/checks/downloads.rs::what_stands_between_has_to_work"]);

    CLOCK_WRONG = ProblemKind::new("clock-wrong", Exit::Environment)
        .title("Clocks differ")
        .page("
            Docker's clock, or that of whoever offers downloads, is half a minute or more away from this computer's. A virtual machine
            that slept is the usual reason. Certificates and logins are refused then, and what was just made can look old.
        ")
        .fixes(&["restart Docker", "sudo timedatectl set-ntp true        # sets this computer's clock by itself from now on"])
        .repaired_by(Repair::Doctor)
        .example("
            error[clock-wrong]: Docker's clock is behind that of this computer
              why: 2 h 0 min differ; certificates and logins are refused then, and what was just made can look old
              fix: restart Docker
        ")
        .tested(&["src/doctor/checks/clock.rs::the_clock_that_is_wrong_is_named", "tests/engine/way.rs::the_clock_of_a_mirror_elsewhere_is_held_against_ours"]);

    DISK_FILES_LOW = ProblemKind::new("disk-files-low", Exit::Environment)
        .title("Few more files fit on a disk")
        .page("
            Some disks have a limit of files beside that of bytes, and many small ones, such as package caches, reach it first.
            Programs say that there is no space left, although there are bytes enough.
        ")
        .fixes(&["devenv gc --caches       # package caches consist of many small files"])
        .example("
            error[disk-files-low]: 1200 more files fit on the disk where Docker keeps downloads and data
              why: /var/lib/docker is on that disk, which has a limit of files beside that of bytes
              fix: devenv gc --caches       # package caches consist of many small files
        ")
        .tested(&["tests/cli/computer.rs::a_disk_that_takes_few_more_files_is_told", "src/doctor/checks/disk.rs::room_is_told_when_it_gets_short"]);

    DISK_LOW = ProblemKind::new("disk-low", Exit::Environment)
        .title("There is little room left on a disk")
        .page("
            The disk where Docker keeps downloads and data, or the one where devenv keeps package caches and saved data, is nearly full.
            A download or a database that finds it full fails halfway.
        ")
        .fixes(&["devenv gc                # shows what nothing uses, and asks", "remove what else is large on that disk"])
        .repaired_by(Repair::Doctor)
        .example("
            error[disk-low]: 210 MB of 60 GB are left where Docker keeps downloads and data
              why: /var/lib/docker is on that disk; a download or a database that finds it full fails halfway
              fix: devenv gc                # shows what nothing uses, and asks
        ")
        .tested(&["tests/cli/computer.rs::a_disk_with_little_room_is_told_before_it_is_full", "src/doctor/checks/disk.rs::room_is_told_when_it_gets_short"]);

    EMULATED = ProblemKind::new("emulated", Exit::Environment)
        .title("A service is made for another kind of processor")
        .page("
            What was downloaded is for another kind of processor than Docker runs on. Where its instructions are translated it is
            several times slower, and some programs crash; where they are not it ends at once.
        ")
        .fixes(&["remove the download, then: devenv up", "choose another version in dev.yaml"])
        .example("
            error[emulated]: `db` is made for amd64 processors, and Docker runs on arm64
              why: every instruction is translated: several times slower, and some programs crash
              fix: or choose another version in dev.yaml
        ")
        .tested(&["src/doctor/checks/repo.rs::what_is_made_for_another_processor_is_slow_or_does_not_run"]);

    GIT_MISSING = ProblemKind::new("git-missing", Exit::Environment)
        .title("There is no git on this computer")
        .page("
            devenv itself works without git. Setup steps and hooks of most repos do not, and without it a repo can be neither cloned
            nor brought up to date.
        ")
        .fixes(&["devenv doctor --fix", "install git with your system's package manager"])
        .repaired_by(Repair::Doctor)
        .example("
            error[git-missing]: there is no git on this computer
              why: devenv works without it, but setup steps and hooks of most repos do not
              fix: sudo apt install git
        ")
        .tested(&["tests/cli/doctor.rs::a_program_that_is_missing_is_installed_after_a_yes", "src/doctor/checks/programs.rs::another_program_of_our_name_matters_most_where_it_comes_first"]);

    LEFT_OVER = ProblemKind::new("left-over", Exit::Environment)
        .title("Interrupted commands or deleted folders left something behind")
        .page("
            A command that was killed may leave places of setup or half-made data, and a folder that was deleted leaves its whole
            environment. It takes room, addresses and ports. Data is saved as a file before it goes, and kept for 30 days.
        ")
        .fixes(&["devenv doctor --fix", "devenv gc"])
        .repaired_by(Repair::Doctor)
        .example("
            error[left-over]: 1 deleted folder left something behind
              why: it takes room, addresses and ports:
                   shop in /tmp/pr-12: 3 pieces
              fix: devenv doctor --fix      # removes it; data is saved first, for 30 days
        ")
        .tested(&["tests/engine/doctor.rs::what_a_killed_up_has_left_is_found_and_removed"]);

    MEMORY_LOW = ProblemKind::new("memory-low", Exit::Environment)
        .title("There is little memory left")
        .page("
            This computer has little memory free, or the virtual machine that Docker runs in has little in all. A database or an app that
            finds none left is ended in the middle of its work.
        ")
        .fixes(&["devenv down --all        # stops every environment; data is kept", "close programs that you don't need", "give Docker more memory in its settings"])
        .example("
            error[memory-low]: 310 MB of this computer's 8.0 GB memory are free
              why: a database or an app that finds none left is ended in the middle of its work
              fix: devenv down --all        # stops every environment; data is kept
        ")
        .tested(&["tests/cli/computer.rs::little_memory_is_told", "src/doctor/checks/computer.rs::what_runs_short_is_told"]);

    MIRROR_FAILING = ProblemKind::new("mirror-failing", Exit::Environment)
        .title("A mirror answers, and has nothing to give")
        .page("
            Whoever offers the downloads asks for a pause, says that it fails, or sends a page for a browser in their place. With several
            mirrors `devenv up` takes the next one, and with none left the public origin.
        ")
        .repaired_by(Repair::Up)
        .fixes(&["wait a while, then: devenv doctor", "set DEVENV_MIRROR to another mirror, or several with a comma between them"])
        .example("
            error[mirror-failing]: mirror.example answers, but has nothing to give at the moment
              why: it asks for a pause, since there were too many downloads; downloads from there fail
              fix: set DEVENV_MIRROR to another mirror, or several with a comma between them
        ")
        .tested(&["tests/cli/doctor.rs::a_mirror_that_has_nothing_to_give_is_told"]);

    MIRROR_LOGIN = ProblemKind::new("mirror-login", Exit::Environment)
        .title("A mirror wants a login")
        .page("
            Whoever offers the downloads wants a user and a password, and there are none on this computer, or those that are stored no
            longer count. Every download from there is refused.
        ")
        .fixes(&["docker login HOST"])
        .example("
            error[mirror-login]: mirror.example wants a login, and there is none on this computer
              why: every download from there is refused without one
              fix: docker login mirror.example
        ")
        .tested(&["tests/cli/doctor.rs::a_mirror_that_wants_a_login_is_told"]);

    MIRROR_UNREACHABLE = ProblemKind::new("mirror-unreachable", Exit::Environment)
        .title("A mirror does not answer")
        .page("
            The mirror that DEVENV_MIRROR or the settings file names can't be reached from this computer. Downloads try it first, and
            then the public origin, which may be slower, limited or closed to you.
        ")
        .repaired_by(Repair::Up)
        .fixes(&["check the connection and the VPN", "correct DEVENV_MIRROR, or `mirror` in the settings file"])
        .example("
            error[mirror-unreachable]: the mirror mirror.example does not answer
              why: connection refused; downloads try it first, and then the public origin
              fix: check the connection and the VPN
        ")
        .tested(&["tests/engine/mirror.rs::a_mirror_that_fails_is_passed_over", "tests/cli/doctor.rs::a_mirror_that_does_not_answer_is_told"]);

    NAMES_INSIDE = ProblemKind::new("names-inside", Exit::Environment)
        .title("Apps can't find a name that this computer can")
        .page("
            What runs in Docker asks other name servers (DNS) than this computer. That is usual after a VPN was connected: Docker goes on
            with those of before, which don't know the names of the other side.
        ")
        .fixes(&["restart Docker: it takes over the name servers that are used now", "write the VPN's name servers as `dns` into Docker's own settings"])
        .example("
            error[names-inside]: apps can't find git.example, although this computer can
              why: they ask other name servers (DNS) than this computer, which is usual after a VPN was connected
              fix: restart Docker           # it takes over the name servers that are used now
        ")
        .tested(&["src/doctor/checks/inside.rs::a_name_that_is_known_here_has_to_be_known_inside"]);

    NAMES_NOT_FOUND = ProblemKind::new("names-not-found", Exit::Environment)
        .title("A name that downloads come from leads nowhere")
        .page("
            This computer can't look up the name (DNS) of whoever offers downloads: it is offline, behind a VPN that is not connected, or in a
            place that only an organisation's mirror can be reached from.
        ")
        .fixes(&["check the connection and the VPN", "set DEVENV_MIRROR to your organisation's mirror"])
        .example("
            error[names-not-found]: the name docker.io leads nowhere from here
              why: this computer can't look it up (DNS), so that nothing can be downloaded from there
              fix: check the connection and the VPN
        ")
        .tested(&["tests/cli/computer.rs::a_computer_that_finds_no_name_is_told_what_that_means", "src/doctor/checks/downloads.rs::where_downloads_come_from_has_to_answer"]);

    PROXY_INSIDE = ProblemKind::new("proxy-inside", Exit::Environment)
        .title("Apps can't reach a proxy that this computer reaches")
        .page("
            A proxy that a variable such as HTTPS_PROXY names answers on this computer, but not to what runs in Docker. One on this computer
            itself mostly listens for its own programs only, and apps count as others; or a firewall or VPN keeps them apart.
        ")
        .fixes(&[
            "let the proxy listen on all addresses of this computer, or on that of Docker too, mostly 172.17.0.1",
            "unset the variable where apps need no proxy",
        ])
        .example("
            error[proxy-inside]: apps can't reach the proxy 127.0.0.1:3128
              why: it answers on this computer, and lets nobody in who comes from elsewhere
              fix: or unset the variable, where apps need no proxy
        ")
        .tested(&["tests/engine/way.rs::a_proxy_that_only_this_computer_reaches_is_told"]);

    PROXY_UNREACHABLE = ProblemKind::new("proxy-unreachable", Exit::Environment)
        .title("A proxy does not answer")
        .page("
            A variable such as HTTPS_PROXY names a proxy, and nothing answers there. Everything that apps and setup steps fetch goes to it,
            so that all of it fails.
        ")
        .fixes(&["check the VPN, or start what listens there", "unset the variable where you don't need a proxy"])
        .example("
            error[proxy-unreachable]: the proxy proxy.example:3128 does not answer
              why: HTTPS_PROXY names it, and everything that apps fetch goes there
              fix: check the VPN, or start what listens there
        ")
        .tested(&["tests/cli/doctor.rs::a_proxy_that_does_not_answer_is_told_without_its_password"]);

    SCRIPT_LINE_ENDS = ProblemKind::new("script-line-ends", Exit::Environment)
        .title("A script has Windows line endings")
        .page("
            Each line of the script ends with an extra character, as editors on Windows and git there write it. Programs inside take it
            as part of the line, and say that something is not found, although it is there.
        ")
        .fixes(&["devenv doctor --fix      # writes it with LF line endings", "echo '*.sh text eol=lf' >> .gitattributes        # so that it stays"])
        .repaired_by(Repair::Doctor)
        .example("
            error[script-line-ends]: bin/start.sh, which `api` runs, has Windows line endings
              why: programs inside take the extra character at each line's end as part of it
              fix: devenv doctor --fix      # writes them with LF line endings
        ")
        .tested(&["tests/engine/doctor.rs::a_script_with_windows_line_endings_is_repaired_so_that_its_app_starts"]);

    SLOW_DISK = ProblemKind::new("slow-disk", Exit::Environment)
        .title("The repo is on a slow disk")
        .page("
            The repo, or what devenv remembers, is on a disk of another computer, or within Windows on a disk of Windows. Every file takes
            ten times as long to open there, and changes of files may not be noticed.
        ")
        .fixes(&["clone the repo to a disk of this computer; within Windows: into your Linux home"])
        .example("
            error[slow-disk]: this repo is on a disk of Windows (9p, /mnt/c/Users/sam/shop)
              why: every file takes ten times as long to open there, and changes of files may not be noticed
              fix: clone it into your Linux home:  git clone … ~/shop
        ")
        .tested(&["src/doctor/checks/disk.rs::a_disk_of_windows_or_of_another_computer_is_slow"]);

    WATCHES_FEW = ProblemKind::new("watches-few", Exit::Environment)
        .title("Few more files can be watched")
        .page("
            Linux limits how many files the programs of a user may watch. `devenv dev`, editors and dev servers notice changes this way;
            beyond the limit they notice none.
        ")
        .fixes(&["devenv doctor --fix      # raises the limit, with sudo", "sudo sysctl -w fs.inotify.max_user_watches=524288"])
        .repaired_by(Repair::Doctor)
        .example("
            error[watches-few]: few more files can be watched: 190000 of 192536 are, by 60 of 128 watchers
              why: `devenv dev`, editors and dev servers notice changes this way; beyond the limit they notice none
              fix: sudo sysctl -w fs.inotify.max_user_watches=524288
        ")
        .tested(&["tests/cli/computer.rs::a_low_limit_of_watched_files_is_told", "src/doctor/checks/computer.rs::what_runs_short_is_told"]);
}
