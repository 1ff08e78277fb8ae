//! What this computer is and how it is doing, for `devenv doctor`. What the system does not tell is `None`.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfs, statvfs};

use super::files::{list_folder, open_file, read_small};
use crate::doctor::facts::{Computer, Disk, Holds, Memory, Watches};

/// Everything but what takes time.
pub fn computer() -> Computer {
    let version = text("/proc/version").to_lowercase();
    Computer {
        system: std::env::consts::OS.to_owned(),
        is_wsl: version.contains("microsoft"),
        architecture: std::env::consts::ARCH.to_owned(),
        memory: memory(&text("/proc/meminfo")),
        emulates: emulates(),
        watches: None,
    }
}

/// How many threads run at once.
pub fn processors() -> u64 {
    std::thread::available_parallelism().map_or(1, |number| number.get() as u64)
}

/// What the kernel calls this computer; an engine that says the same is here.
pub fn host_name() -> String {
    text("/proc/sys/kernel/hostname").trim().to_owned()
}

fn text(path: &str) -> String {
    String::from_utf8_lossy(&read_small(Path::new(path)).unwrap_or_default()).into_owned()
}

/// A table in the form of `/proc/meminfo`, in kB.
fn memory(table: &str) -> Option<Memory> {
    let of = |name: &str| {
        let line = table.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|number| number * 1024)
    };
    Some(Memory { total: of("MemTotal")?, available: of("MemAvailable")? })
}

/// Kinds of processors that the kernel has a translator for, by the names that QEMU registers: `qemu-aarch64`.
fn emulates() -> Vec<String> {
    let all = list_folder(Path::new("/proc/sys/fs/binfmt_misc"));
    let name = |path: PathBuf| path.file_name()?.to_str()?.strip_prefix("qemu-").map(str::to_owned);
    all.into_iter().filter_map(name).collect()
}

/// Counts the watches of every program of this user: some milliseconds, more where there are many programs.
pub fn watches() -> Option<Watches> {
    let limit = |name: &str| text(&format!("/proc/sys/fs/inotify/{name}")).trim().parse::<u64>().ok();
    let mut watches =
        Watches { most: limit("max_user_watches")?, most_watchers: limit("max_user_instances")?, ..Watches::default() };
    let is_process = |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes()[0].is_ascii_digit());
    let own = rustix::process::getuid().as_raw();
    for process in list_folder(Path::new("/proc")).into_iter().filter(is_process) {
        // Limits count by user, so that others' programs are no matter, also to who may look at them.
        if owner(&process) != Some(own) {
            continue;
        }
        for descriptor in list_folder(&process.join("fd")) {
            let is_watcher = rustix::fs::readlink(&descriptor, Vec::new())
                .is_ok_and(|link| link.to_bytes() == b"anon_inode:inotify");
            if let (true, Some(number)) = (is_watcher, descriptor.file_name()) {
                let about = open_file(&process.join("fdinfo").join(number)).map(BufReader::new);
                match about.and_then(count_watches) {
                    Ok(used) => watches.used += used,
                    // It has ended meanwhile.
                    Err(error) if is_gone(&error) => continue,
                    Err(_) => return None,
                }
                watches.used_watchers += 1;
            }
        }
    }
    Some(watches)
}

/// Of one watcher, a line each, in the form of `/proc/PID/fdinfo/N`; there may be hundreds of thousands.
fn count_watches(about: impl BufRead) -> io::Result<u64> {
    about.split(b'\n').try_fold(0, |number, line| Ok(number + u64::from(line?.starts_with(b"inotify wd:"))))
}

fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

/// Whether what is there belongs to the administrator or to this user.
pub fn is_trusted(path: &Path) -> bool {
    owner(path).is_some_and(|owner| is_root_or(owner, rustix::process::geteuid().as_raw()))
}

fn is_root_or(owner: u32, user: u32) -> bool {
    owner == 0 || owner == user
}

fn owner(path: &Path) -> Option<u32> {
    rustix::fs::stat(path).ok().map(|found| found.st_uid)
}

/// The disk that a folder is on; of a folder that does not exist yet, the one it would be on.
pub fn disk(holds: Holds, folder: &Path) -> Option<Disk> {
    let there = folder.ancestors().find(|above| above.exists())?;
    let StatVfs { f_bavail, f_blocks, f_frsize, f_favail, f_files, .. } = statvfs(there).ok()?;
    let kind = kind_of(&text("/proc/self/mountinfo"), &super::real_path(there).unwrap_or_else(|_| there.to_owned()));
    Some(Disk {
        holds,
        folder: folder.to_owned(),
        free: f_bavail.saturating_mul(f_frsize),
        total: f_blocks.saturating_mul(f_frsize),
        // File systems that make room for files as they are needed have no limit, and say 0.
        free_files: (f_files > 0).then_some(f_favail),
        kind,
        device: rustix::fs::stat(there).map(|found| found.st_dev).unwrap_or_default(),
    })
}

/// The kind of file system that a path is on, from a table in the form of `/proc/self/mountinfo` (see proc(5)): the fifth
/// word is the place, the first after ` - ` the kind. Of several at one place the last one counts.
fn kind_of(table: &str, path: &Path) -> Option<String> {
    let entry = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let place = unescaped(before.split_whitespace().nth(4)?);
        path.starts_with(&place).then(|| (place.len(), after.split_whitespace().next().unwrap_or_default().to_owned()))
    };
    table.lines().filter_map(entry).max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

/// Spaces and their like are written as three octal digits.
fn unescaped(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Why nothing can be written into a folder, or it can't be made; `None` = it can. Nothing is written to find out.
pub fn why_unwritable(folder: &Path) -> Option<String> {
    use rustix::fs::{Access, access};
    let there = folder.ancestors().find(|above| above.symlink_metadata().is_ok())?;
    if !there.is_dir() {
        return Some(format!("{} is no folder", there.display()));
    }
    let words = |error: rustix::io::Errno| format!("{}: {}", there.display(), std::io::Error::from(error));
    access(there, Access::WRITE_OK | Access::EXEC_OK | Access::READ_OK).err().map(words)
}

/// Whether a folder belongs to this user; `None` = there is none.
pub fn is_own(folder: &Path) -> Option<bool> {
    let owner = folder.metadata().ok().filter(std::fs::Metadata::is_dir)?.uid();
    Some(owner == rustix::process::geteuid().as_raw())
}

/// Lets this user write to a folder: its rights where it is theirs, else its owner, which takes an administrator.
///
/// # Errors
/// The system's, or nobody can be the administrator.
pub fn make_writable(folder: &Path) -> io::Result<()> {
    if is_own(folder) == Some(true) {
        let mut rights = folder.metadata()?.permissions();
        rights.set_mode(rights.mode() | 0o700);
        return std::fs::set_permissions(folder, rights);
    }
    let user = rustix::process::geteuid().as_raw().to_string();
    super::run_as_root(&["chown", "-R", &user, &folder.display().to_string()])
}

/// Every program of a name in these folders, in their order; the same one, or a copy of it, is told once.
pub fn programs(name: &str, path: &str) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    let folders = path.split(':').filter(|folder| !folder.is_empty()).map(Path::new);
    let found = folders.map(|folder| folder.join(name)).filter(|file| is_program(file));
    found.filter(|file| seen.insert(super::real_path(file).unwrap_or_else(|_| file.clone()))).collect()
}

fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// This program itself.
pub fn own_program() -> Option<PathBuf> {
    std::env::current_exe().ok().map(|path| super::real_path(&path).unwrap_or(path))
}

/// The folder that a process was started in, or went to, where the system lets us see it.
pub fn folder_of(process: u32) -> Option<PathBuf> {
    let link = rustix::fs::readlink(format!("/proc/{process}/cwd"), Vec::new()).ok()?;
    Some(PathBuf::from(link.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_administrators_and_ones_own_are_trusted() {
        assert!(is_root_or(0, 1000) && is_root_or(1000, 1000));
        assert!(!is_root_or(1001, 1000) && !is_root_or(1000, 0));
        assert!(!is_trusted(Path::new("/nonexistent/engine.sock")));
    }

    #[test]
    fn memory_is_read_from_the_kernels_table() {
        let table = "MemTotal:        1000 kB\nMemFree:          10 kB\nMemAvailable:    600 kB\n";
        assert_eq!(memory(table), Some(Memory { total: 1_024_000, available: 614_400 }));
        assert_eq!(memory(""), None);
    }

    #[test]
    fn the_nearest_and_latest_place_tells_the_kind_of_disk() {
        let table = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
            23 22 0:30 / /mnt/c rw - 9p drvfs rw\n\
            24 22 0:31 / /mnt/my\\040disk rw - ext4 /dev/vdb rw\n\
            25 22 0:32 / /mnt/my\\040disk rw - nfs4 host:/x rw\n";
        let kind = |path: &str| kind_of(table, Path::new(path));
        assert_eq!(kind("/mnt/c/Users/sam/shop").as_deref(), Some("9p"));
        assert_eq!(kind("/mnt/my disk/shop").as_deref(), Some("nfs4"));
        assert_eq!(kind("/mnt/cd").as_deref(), Some("ext4"));
        assert_eq!(kind_of("", Path::new("/")), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_watcher_of_this_program_is_counted() {
        use rustix::fs::inotify;
        let before = watches().unwrap();
        let watcher = inotify::init(inotify::CreateFlags::empty()).unwrap();
        let place = tempfile::tempdir().unwrap();
        inotify::add_watch(&watcher, place.path(), inotify::WatchFlags::CREATE).unwrap();
        let number = std::os::fd::AsRawFd::as_raw_fd(&watcher);
        let about = text(&format!("/proc/self/fdinfo/{number}"));
        assert!(about.contains("inotify wd:"), "{about}");
        assert!(before.most > 0 && watches().unwrap().used_watchers > 0);
    }

    #[test]
    fn a_watcher_of_very_many_files_is_counted_in_full() {
        let line =
            "inotify wd:1 ino:2b5fd sdev:fd00001 mask:fc6 ignored_mask:0 fhandle-bytes:8 fhandle-type:1 f_handle:0\n";
        let table = format!("pos:\t0\nflags:\t00\n{}", line.repeat(50_000));
        assert!(table.len() > 4 << 20);
        assert_eq!(count_watches(table.as_bytes()).unwrap(), 50_000);
    }

    #[test]
    fn a_folder_that_does_not_exist_yet_is_on_the_disk_of_those_above() {
        let place = tempfile::tempdir().unwrap();
        let disk = disk(Holds::State, &place.path().join("a/b")).unwrap();
        assert!(disk.total >= disk.free && disk.total > 0);
    }

    #[test]
    fn programs_are_found_in_the_order_of_the_path() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let program = |folder: &str, mode: u32| {
            let path = place.path().join(folder).join("tool");
            super::super::write_file(&path, folder.as_bytes()).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let (one, two) = (program("b", 0o755), program("a", 0o755));
        program("c", 0o644);
        let path = ["b", "a", "c", "b"].map(|it| place.path().join(it).display().to_string()).join(":");
        assert_eq!(programs("tool", &path), [one, two]);
    }
}
