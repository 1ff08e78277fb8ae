//! Room on the disks that matter, and whether they are quick enough.

use std::path::Path;

use crate::doctor::facts::{Disk, Facts, Holds};
use crate::doctor::{Finding, Repair, Severity};
use crate::problem::{Problem, kinds};
use crate::words::{bytes, count};

const MB: u64 = 1_000_000;
/// Bytes: a download of usual size does not fit, or a database can't write its journal.
const ENGINE_NEEDS: u64 = 500 * MB;
const ENGINE_WANTS: u64 = 5_000 * MB;
const STATE_NEEDS: u64 = 50 * MB;
const STATE_WANTS: u64 = 1_000 * MB;
/// Files: a `node_modules` has tens of thousands.
const FILES_NEEDED: u64 = 2_000;
const FILES_WANTED: u64 = 50_000;

pub fn room_of_engine(facts: &Facts) -> Option<Finding> {
    let disk = disk(facts, Holds::Engine)?;
    let severity = severity(disk.free, ENGINE_NEEDS, ENGINE_WANTS)?;
    let finding = Finding::new(severity, low(disk, "Docker keeps downloads and data")).about("Docker's disk");
    // Data is saved before it goes, and that takes room too.
    let can_save = self::disk(facts, Holds::State).is_some_and(|state| state.free >= STATE_WANTS);
    let is_worth_it = can_save && facts.unused.is_some_and(|unused| unused > 0);
    Some(if is_worth_it { finding.repaired_by(Repair::MakeRoom) } else { finding })
}

/// Whether it is worth while to find out what nothing uses, which takes its time.
pub fn is_engines_short(disks: &[Disk]) -> bool {
    disks.iter().any(|disk| disk.holds == Holds::Engine && disk.free < ENGINE_WANTS)
}

/// The engine's disk, where both are on one, is told of once.
pub fn room_of_state(facts: &Facts) -> Option<Finding> {
    let state = disk(facts, Holds::State)?;
    if disk(facts, Holds::Engine).is_some_and(|engine| engine.device == state.device) {
        return None;
    }
    let severity = severity(state.free, STATE_NEEDS, STATE_WANTS)?;
    Some(Finding::new(severity, low(state, "devenv keeps package caches and saved data")).about("devenv's disk"))
}

fn low(disk: &Disk, keeps: &str) -> Problem {
    let folder = disk.folder.display();
    let what = format!("{} of {} are left where {keeps}", bytes(disk.free), bytes(disk.total));
    Problem::new(&kinds::DISK_LOW, what)
        .why(format!("{folder} is on that disk; a download or a database that finds it full fails halfway"))
        .fix(match disk.holds {
            Holds::State => {
                "devenv gc --caches       # shows package caches and saved data whose time is over, and asks"
            }
            Holds::Engine | Holds::Repo => "devenv gc                # shows what nothing uses, and asks",
        })
        .fix(match disk.holds {
            Holds::Engine => "docker system df         # shows what else Docker keeps there",
            Holds::State | Holds::Repo => "or remove what else is large on that disk",
        })
}

pub fn files_of_engine(facts: &Facts) -> Option<Finding> {
    files(disk(facts, Holds::Engine)?, "Docker keeps downloads and data")
}

pub fn files_of_state(facts: &Facts) -> Option<Finding> {
    let (state, engine) = (disk(facts, Holds::State)?, disk(facts, Holds::Engine));
    let is_same = engine.is_some_and(|engine| engine.device == state.device);
    if is_same { None } else { files(state, "devenv keeps package caches and saved data") }
}

fn files(disk: &Disk, keeps: &str) -> Option<Finding> {
    let free = disk.free_files?;
    let severity = severity(free, FILES_NEEDED, FILES_WANTED)?;
    let left = count(usize::try_from(free).unwrap_or(usize::MAX), "more file");
    let problem = Problem::new(&kinds::DISK_FILES_LOW, format!("{left} fit on the disk where {keeps}"))
        .why(format!(
            "{} is on that disk, which has a limit of files beside that of bytes; \"no space left\" is what programs say then",
            disk.folder.display()
        ))
        .fix("devenv gc --caches       # package caches consist of many small files");
    let subject = if disk.holds == Holds::Engine { "Docker's disk" } else { "devenv's disk" };
    Some(Finding::new(severity, problem).about(subject))
}

pub fn slow_repo(facts: &Facts) -> Option<Finding> {
    slow(disk(facts, Holds::Repo)?, facts.computer.is_wsl, "this repo")
}

pub fn slow_state(facts: &Facts) -> Option<Finding> {
    let finding = slow(disk(facts, Holds::State)?, facts.computer.is_wsl, "what devenv remembers")?;
    let mut problem = finding.problem;
    problem.fixes = vec!["export DEVENV_HOME=FOLDER    # one on a disk of this computer".to_owned()];
    Some(Finding { problem, ..finding }.about("devenv's disk"))
}

fn slow(disk: &Disk, is_wsl: bool, what: &str) -> Option<Finding> {
    let kind = disk.kind.as_deref()?;
    let is_of_windows = is_wsl && (kind == "9p" || kind == "drvfs");
    if !is_of_windows && !is_far(kind) {
        return None;
    }
    let place = if is_of_windows { "a disk of Windows" } else { "a disk of another computer" };
    let why = "every file takes ten times as long to open there, and changes of files may not be noticed";
    let fix = match is_of_windows {
        true => format!("clone it into your Linux home:  git clone … ~/{}", name(&disk.folder)),
        false => format!("work on a copy on this computer's own disk:  git clone … ~/{}", name(&disk.folder)),
    };
    let what = format!("{what} is on {place} ({kind}, {})", disk.folder.display());
    Some(Finding::new(Severity::WillHurt, Problem::new(&kinds::SLOW_DISK, what).why(why).fix(fix)))
}

/// Kinds of file systems, as the kernel calls them, that are reached over a wire or through another system.
fn is_far(kind: &str) -> bool {
    ["9p", "afs", "ceph", "cifs", "davfs", "fuse.sshfs", "nfs", "nfs4", "prl_fs", "smb3", "smbfs", "vboxsf", "vmhgfs"]
        .contains(&kind)
        || kind.starts_with("fuse.rclone")
        || kind.starts_with("fuse.vmhgfs")
}

fn name(folder: &Path) -> String {
    folder.file_name().map_or_else(|| "repo".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn severity(left: u64, needed: u64, wanted: u64) -> Option<Severity> {
    match left {
        left if left < needed => Some(Severity::InTheWay),
        left if left < wanted => Some(Severity::WillHurt),
        _ => None,
    }
}

fn disk(facts: &Facts, holds: Holds) -> Option<&Disk> {
    facts.disks.iter().find(|disk| disk.holds == holds)
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::Computer;

    fn disk(holds: Holds, free: u64, free_files: u64, kind: &str) -> Disk {
        let folder = "/home/sam/shop".into();
        Disk {
            holds,
            folder,
            free,
            total: 100_000 * MB,
            free_files: Some(free_files),
            kind: Some(kind.to_owned()),
            device: free,
        }
    }

    fn disks(disks: &[Disk]) -> Facts {
        Facts { disks: disks.to_vec(), ..Facts::default() }
    }

    #[test]
    fn room_is_told_when_it_gets_short() {
        let engine = |free, files| disks(&[disk(Holds::Engine, free, files, "ext4")]);
        let both = |engine, state| {
            disks(&[disk(Holds::Engine, engine, 1 << 20, "ext4"), disk(Holds::State, state, 1 << 20, "ext4")])
        };
        let cases: [(Check, Facts); 8] = [
            (room_of_engine, engine(100 * MB, 1 << 20)),
            (room_of_engine, engine(2_000 * MB, 1 << 20)),
            (room_of_engine, engine(50_000 * MB, 1 << 20)),
            (room_of_state, both(50_000 * MB, 10 * MB)),
            (room_of_state, both(10 * MB, 10 * MB)),
            (files_of_engine, engine(50_000 * MB, 100)),
            (files_of_engine, engine(50_000 * MB, 1 << 20)),
            (files_of_state, disks(&[disk(Holds::State, 50_000 * MB, 10_000, "ext4")])),
        ];
        judge(
            &cases,
            &[
                Some("in_the_way disk-low"),
                Some("will_hurt disk-low"),
                None,
                Some("in_the_way disk-low"),
                None,
                Some("in_the_way disk-files-low"),
                None,
                Some("will_hurt disk-files-low"),
            ],
        );
    }

    /// Saving data onto a full disk would fill it; and where nothing can go there is nothing to agree to.
    #[test]
    fn room_is_made_only_where_something_goes_and_what_is_saved_has_room() {
        let repair = |state: u64, unused| {
            let disks =
                vec![disk(Holds::Engine, 100 * MB, 1 << 20, "ext4"), disk(Holds::State, state, 1 << 20, "ext4")];
            room_of_engine(&Facts { disks, unused, ..Facts::default() }).unwrap().repair
        };
        assert_eq!(repair(50_000 * MB, Some(2)), Some(Repair::MakeRoom));
        for (state, unused) in [(10 * MB, Some(2)), (50_000 * MB, Some(0)), (50_000 * MB, None)] {
            assert_eq!(repair(state, unused), None, "{state} {unused:?}");
        }
        let full = disks(&[disk(Holds::State, 10 * MB, 10, "ext4")]);
        assert_eq!(room_of_state(&full).unwrap().repair, None);
        assert_eq!(files_of_state(&full).unwrap().repair, None);
    }

    #[test]
    fn a_disk_of_windows_or_of_another_computer_is_slow() {
        let on = |holds, kind: &str, is_wsl| Facts {
            computer: Computer { is_wsl, ..Computer::default() },
            ..disks(&[disk(holds, 50_000 * MB, 1 << 20, kind)])
        };
        let cases: [(Check, Facts); 5] = [
            (slow_repo, on(Holds::Repo, "9p", true)),
            (slow_repo, on(Holds::Repo, "nfs4", false)),
            (slow_repo, on(Holds::Repo, "ext4", true)),
            (slow_state, on(Holds::State, "cifs", false)),
            (slow_state, on(Holds::State, "btrfs", false)),
        ];
        let slow = Some("will_hurt slow-disk");
        judge(&cases, &[slow, slow, None, slow, None]);
    }
}
