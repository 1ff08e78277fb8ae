use std::io::{BufRead, BufReader, Read as _, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use super::*;
use crate::state::PrometheusSink;

/// A person who has agreed to share.
struct Home {
    place: tempfile::TempDir,
    folders: Folders,
    share: Share,
}

impl Home {
    fn new(share: impl FnOnce(PathBuf) -> Share) -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| place.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        crate::host::create_folder(&folder("team")).unwrap();
        let share = share(place.path().join("team"));
        begin(&folders, &share).unwrap();
        Diary::change(&folders, |diary| diary.agreed.push(share.mark())).unwrap();
        Self { share, folders, place }
    }

    fn mark(&self, run: u64) {
        self.write(&Line { what: What::Mark, command: "deploy", ..Line::default() }, run);
    }

    fn write(&self, line: &Line<'_>, run: u64) {
        let run = format!("{run:016x}");
        let line = Line { v: 1, at: 1_795_377_600_000, by: "aa", run: &run, ..line.clone() };
        journal::append(&self.folders, &line.written()).unwrap();
    }

    fn send(&self) -> Vec<Sent> {
        deliver(&self.folders, &self.share, &World::default(), Duration::ZERO).unwrap()
    }

    fn team(&self) -> PathBuf {
        self.place.path().join("team")
    }

    /// Everything that is remembered.
    fn kept(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = crate::host::list_folder(&journal::folder(&self.folders));
        files.into_iter().map(|file| (file.clone(), crate::host::read_small(&file).unwrap_or_default())).collect()
    }
}

/// Somebody who takes lines by HTTP and drops batches that it knows.
struct Receiver {
    listener: TcpListener,
}

impl Receiver {
    fn new() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").unwrap() }
    }

    fn share(&self) -> Share {
        let url = format!("http://{}/", self.listener.local_addr().unwrap());
        Share { http: Some(HttpSink { url, ..HttpSink::default() }), ..Share::default() }
    }

    /// The id and body of a request; what is answered is up to the caller.
    fn request(&self, answer: &str) -> (String, String) {
        let mut stream = self.listener.accept().unwrap().0;
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut id, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                if line.trim_end().is_empty() { break } else { continue }
            };
            match name.to_lowercase().as_str() {
                "devenv-batch" => id = value.to_owned(),
                "content-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        (id, String::from_utf8(body).unwrap())
    }
}

#[test]
fn what_may_have_arrived_goes_again_as_it_was_and_what_came_since_goes_after_it() {
    let receiver = Receiver::new();
    let home = Home::new(|_| receiver.share());
    home.mark(1);
    // It is taken, and the answer is lost.
    let (first, sent) = std::thread::scope(|scope| {
        let asked = scope.spawn(|| receiver.request("400 Bad Request"));
        let sent = home.send();
        (asked.join().unwrap(), sent)
    });
    assert!(sent[0].problem.as_deref().unwrap().contains("400"), "{sent:?}");
    home.mark(2);
    let (again, more) = std::thread::scope(|scope| {
        let asked = scope.spawn(|| (receiver.request("204 No Content"), receiver.request("204 No Content")));
        assert_eq!(home.send()[0].problem, None);
        asked.join().unwrap()
    });
    assert_eq!(again, first, "a receiver would count its lines twice");
    assert_ne!(more.0, first.0, "a receiver would drop lines that it has never seen");
    assert!(more.1.contains("\"run\":\"0000000000000002\"") && more.1.lines().count() == 1, "{}", more.1);
    assert_eq!(due(&home.folders, &home.share), []);
}

#[test]
fn what_is_shown_is_what_is_sent_next_and_showing_it_changes_nothing() {
    let prometheus = |team: &std::path::Path| PrometheusSink { file: Some(team.join("x.prom")), push: None };
    let home = Home::new(|team| Share { prometheus: prometheus(&team), folder: Some(team), ..Share::default() });
    home.mark(1);
    home.write(&Line { what: What::Began, command: "up", ..Line::default() }, 2);
    let before = home.kept();
    let shown = due(&home.folders, &home.share);
    assert_eq!(due(&home.folders, &home.share), shown);
    assert_eq!(home.kept(), before);
    home.send();
    let person = Diary::open(&home.folders).person;
    let written = journal::files(&home.team().join(person));
    let read = |path: &PathBuf| String::from_utf8(crate::host::read_small(path).unwrap()).unwrap();
    assert_eq!((read(&written[0]), read(&home.team().join("x.prom"))), (shown[0].body.clone(), shown[1].body.clone()));
    // What has gone is not shown again, also where other ways could have been used.
    assert_eq!(due(&home.folders, &home.share).len(), 1);
    assert!(shown[0].body.contains("\"began\""), "a team never learns of what was killed: {shown:?}");
}

#[test]
fn counters_never_fall_when_the_journal_loses_its_oldest_lines() {
    let file = |team: &std::path::Path| PrometheusSink { file: Some(team.join("x.prom")), push: None };
    let home = Home::new(|team| Share { prometheus: file(&team), ..Share::default() });
    let counted = || {
        home.send();
        let text = crate::host::read_small(&home.team().join("x.prom")).unwrap();
        let text = String::from_utf8(text).unwrap();
        let line = text.lines().find(|line| line.starts_with("devenv_marks_total")).unwrap();
        line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()
    };
    home.mark(1);
    home.mark(2);
    assert_eq!(counted(), 2);
    journal::files(&journal::folder(&home.folders)).iter().for_each(|file| crate::host::remove_file(file));
    home.mark(3);
    assert_eq!((counted(), counted()), (3, 3));
    // Nor when somebody ends it for a while; what happened meanwhile is nobody's business.
    Diary::change(&home.folders, |diary| diary.agreed.clear()).unwrap();
    home.mark(4);
    begin(&home.folders, &home.share).unwrap();
    Diary::change(&home.folders, |diary| diary.agreed.push(home.share.mark())).unwrap();
    home.mark(5);
    assert_eq!(counted(), 4);
}

#[test]
fn a_link_in_the_shared_folder_is_not_written_through() {
    let home = Home::new(|team| Share { folder: Some(team), ..Share::default() });
    let (person, elsewhere) = (Diary::open(&home.folders).person, home.place.path().join("elsewhere"));
    crate::host::create_folder(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, home.team().join(&person)).unwrap();
    home.mark(1);
    assert!(home.send()[0].problem.as_deref().unwrap().contains("is a link"));
    assert!(crate::host::list_folder(&elsewhere).is_empty());
    // Nor through one in the place of a file.
    let own = home.team().join(&person);
    crate::host::remove_file(&own);
    crate::host::create_folder(&own).unwrap();
    crate::host::write_file(&elsewhere.join("key"), b"secret\n").unwrap();
    std::os::unix::fs::symlink(elsewhere.join("key"), own.join("0000000000001.jsonl")).unwrap();
    assert!(home.send()[0].problem.as_deref().unwrap().contains("is a link"));
    assert_eq!(crate::host::read_small(&elsewhere.join("key")).unwrap(), b"secret\n");
    crate::host::remove_file(&own.join("0000000000001.jsonl"));
    assert_eq!(home.send(), [Sent { place: home.team().display().to_string(), lines: 1, problem: None }]);
}

#[test]
fn links_in_a_shared_folder_are_not_read_and_nothing_is_read_twice() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    crate::host::write_file(&at("team/one/0000000000001.jsonl"), b"{}\n").unwrap();
    crate::host::write_file(&at("elsewhere/0000000000001.jsonl"), b"{}\n").unwrap();
    std::os::unix::fs::symlink(at("elsewhere"), at("team/two")).unwrap();
    std::os::unix::fs::symlink(at("elsewhere/0000000000001.jsonl"), at("team/one/0000000000002.jsonl")).unwrap();
    // The folder that was named may be a link itself.
    std::os::unix::fs::symlink(at("team"), at("named")).unwrap();
    let found = journal::files_below(&[at("named"), at("team/one")]);
    assert_eq!(found, [crate::host::real_path(&at("team/one/0000000000001.jsonl")).unwrap()]);
}

#[test]
fn who_says_no_meanwhile_is_heard_and_nothing_more_is_sent() {
    let home = Home::new(|team| Share { folder: Some(team), ..Share::default() });
    home.mark(1);
    Diary::change(&home.folders, |diary| diary.agreed.clear()).unwrap();
    assert_eq!(home.send()[0].lines, 0);
    assert!(crate::host::list_folder(&home.team()).is_empty());
}

#[test]
fn nothing_from_before_the_yes_goes_out_when_what_was_remembered_is_lost() {
    let home = Home::new(|team| Share { folder: Some(team), ..Share::default() });
    home.mark(1);
    crate::host::write_file(&journal::folder(&home.folders).join("sent.json"), b"torn {").unwrap();
    assert_eq!(home.send()[0].lines, 0);
}

#[test]
fn who_waits_for_the_turn_is_told_when_it_does_not_come() {
    let home = Home::new(|team| Share { folder: Some(team), ..Share::default() });
    let turn = turn_to_send(&home.folders, Duration::ZERO).unwrap();
    let busy = deliver(&home.folders, &home.share, &World::default(), Duration::from_millis(1));
    assert!(matches!(busy, Err(NotSent::Busy)));
    drop(turn);
    assert_eq!(home.send().len(), 1);
}

#[test]
fn a_request_that_should_be_signed_is_not_sent_without_a_key() {
    let sink = HttpSink { url: "http://127.0.0.1:9/".into(), key: None, key_variable: Some("FIGURES_KEY".into()) };
    let home = Home::new(|_| Share { http: Some(sink), ..Share::default() });
    home.mark(1);
    assert_eq!(home.send()[0].problem.as_deref(), Some("FIGURES_KEY, which holds its key, is not set"));
}
