//! Settings of the kernel: set at once, and then written where they last.

use std::io;
use std::path::Path;

use crate::doctor::KERNEL_FILE;
use crate::host;

/// A setting's name and its new value.
pub type Setting = (&'static str, u64);

/// The commands for the administrator, in their order, each with its words.
///
/// # Errors
/// What was written before can't be read, and so not be kept.
pub fn commands(settings: &[Setting]) -> io::Result<Vec<Vec<String>>> {
    let written = match host::read_small(Path::new(KERNEL_FILE)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    Ok(commands_for(settings, &written))
}

fn commands_for(settings: &[Setting], written: &str) -> Vec<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let mut set = words(&["sysctl", "-w"]);
    set.extend(settings.iter().map(assigned));
    // Killed in between, it leaves the file as it was.
    let new = format!("{KERNEL_FILE}.new");
    let script = format!("mkdir -p /etc/sysctl.d && printf '%s\\n' \"$@\" >{new} && mv {new} {KERNEL_FILE}");
    let mut write = words(&["sh", "-c", &script, "sh"]);
    let is_kept = |line: &&str| settings.iter().all(|(name, _)| key(line) != *name);
    write.extend(written.lines().filter(is_kept).map(str::to_owned));
    write.extend(settings.iter().map(assigned));
    vec![set, write]
}

fn assigned((name, value): &Setting) -> String {
    format!("{name}={value}")
}

/// Which setting a line is about, in the one of the two spellings that has dots.
fn key(line: &str) -> String {
    let key = line.split('=').next().unwrap_or_default();
    key.trim().trim_start_matches('-').replace('/', ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repair::shell_line;

    #[test]
    fn what_was_written_before_is_kept_and_the_setting_comes_first() {
        let written = "# ours\nfs.inotify.max_user_instances = 1024\nfs/inotify/max_user_watches=1000\n";
        let commands = commands_for(&[("fs.inotify.max_user_watches", 524_288)], written);
        let shown: Vec<String> = commands.iter().map(|words| shell_line(words)).collect();
        assert_eq!(shown[0], "sysctl -w fs.inotify.max_user_watches=524288");
        let lines = " sh '# ours' 'fs.inotify.max_user_instances = 1024' fs.inotify.max_user_watches=524288";
        assert!(shown[1].ends_with(lines), "{}", shown[1]);
        assert!(shown[1].contains("mv /etc/sysctl.d/60-devenv.conf.new /etc/sysctl.d/60-devenv.conf'"), "{}", shown[1]);
    }
}
