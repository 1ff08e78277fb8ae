//! What every protocol has to withstand: nothing but the right answer is "ready", nothing hangs, nothing panics.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::scripted::{Act, answer, hear, login, not_yet, say, serve};
use super::{Answer, Question, Reason, ask};
use crate::catalog::Probe;

const EVERY: [Probe; 11] = [
    Probe::Postgres,
    Probe::Mysql,
    Probe::Redis,
    Probe::Memcached,
    Probe::Mongodb,
    Probe::Amqp,
    Probe::Nats,
    Probe::Mqtt,
    Probe::Kafka,
    Probe::Mssql,
    Probe::Http("/healthz"),
];

/// Generous, so that a busy computer does not fail a test.
const LIMIT: Duration = Duration::from_secs(2);

/// Asks on every protocol, against a double with this script.
async fn every(limit: Duration, script: Vec<Act>) -> Vec<(Probe, Answer)> {
    let login = login();
    let address = serve(script).await;
    let questions = EVERY.iter().map(|protocol| Question::Protocol { protocol: *protocol, login: &login });
    let answers = join_all(questions.map(|question| ask(question, address, limit))).await;
    EVERY.into_iter().zip(answers).collect()
}

#[tokio::test]
async fn a_port_that_accepts_and_hangs_up_is_not_ready() {
    for (protocol, answer) in every(LIMIT, vec![]).await {
        assert_eq!(answer, not_yet("accepts connections but does not answer yet"), "{protocol:?}");
    }
    let any = answer(Question::AnyAnswer, vec![]).await;
    assert_eq!(any, not_yet("accepts connections but does not answer yet"));
    let first = answer(Question::FirstByte, vec![]).await;
    assert_eq!(first, not_yet("accepts connections but does not answer yet"));
}

#[tokio::test]
async fn a_port_that_resets_is_not_ready() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Closing with something unread, or at once with this option, resets.
            let _ = stream.set_zero_linger();
        }
    });
    let login = login();
    for protocol in EVERY {
        let question = Question::Protocol { protocol, login: &login };
        let answer = ask(question, address, Duration::from_secs(1)).await;
        assert!(matches!(answer, Answer::NotYet(_)), "{protocol:?}: {answer:?}");
    }
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_not_ready() {
    // Bound, so that nobody else gets it, but not listening.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let answer = ask(Question::AnyAnswer, address, Duration::from_secs(1)).await;
    assert_eq!(answer, not_yet(&format!("does not accept connections on port {} yet", address.port())));
}

#[tokio::test]
async fn silence_ends_with_the_limit() {
    let begin = Instant::now();
    for (protocol, answer) in every(Duration::from_millis(200), vec![Act::Hang]).await {
        assert_eq!(answer, not_yet("accepts connections but does not answer yet"), "{protocol:?}");
    }
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_endless_stream_is_not_read_to_its_end() {
    for flood in [
        &b"\0"[..],
        b"\xff",
        b"\x01",
        b"A",
        b"1234567890\r\n",
        b"R\0\0\0\x08\0\0\0\x03",
        b"+",
        b"HTTP/1.1 100 x\r\n\r\n",
    ] {
        for (protocol, answer) in every(LIMIT, vec![Act::Flood(flood.repeat(1000))]).await {
            assert_ne!(answer, Answer::Ready, "{protocol:?} {flood:?}");
        }
    }
}

#[tokio::test]
async fn garbage_is_never_ready() {
    let mut random: u64 = 42;
    for round in 0..60 {
        let mut garbage = Vec::new();
        for _ in 0..round * 3 + 1 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            garbage.push(u8::try_from(random >> 56).unwrap());
        }
        for (protocol, answer) in every(LIMIT, vec![say(&garbage)]).await {
            assert_ne!(answer, Answer::Ready, "{protocol:?} {garbage:?}");
        }
    }
}

#[tokio::test]
async fn lengths_are_not_trusted() {
    for lie in [
        &b"R\xff\xff\xff\xff\0\0\0\0"[..],
        b"R\x7f\xff\xff\xff\0\0\0\0",
        b"R\0\0\0\0",
        b"\xff\xff\xff\0\x0a",
        b"\0\0\0\0",
        b"\x01\0\0\xff\xff\xff\xff\0\x0a\0\x0a",
        b"\x20\xff\xff\xff",
        b"\x7f\xff\xff\xff\0\0\0\x12",
        b"\xff\xff\xff\xff\0\0\0\x12",
        b"\xff\xff\xff\x7f\0\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0",
        b"\0\0\0\x80\0\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0",
    ] {
        for (protocol, answer) in every(LIMIT, vec![say(lie)]).await {
            assert_ne!(answer, Answer::Ready, "{protocol:?} {lie:?}");
        }
    }
}

#[tokio::test]
async fn an_http_server_on_the_port_of_another_service_is_named() {
    let page = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    for (protocol, answer) in every(LIMIT, vec![say(page), Act::Hang]).await {
        if protocol == Probe::Http("/healthz") {
            assert_eq!(answer, Answer::Status(400));
            continue;
        }
        let Answer::Refused(refusal) = answer else { panic!("{protocol:?}: {answer:?}") };
        assert_eq!(refusal.reason, Reason::OtherProtocol);
        assert!(refusal.said.starts_with("something that speaks HTTP answers, not "), "{}", refusal.said);
    }
}

#[tokio::test]
async fn what_a_stranger_says_is_shown_on_one_short_line() {
    let answer = answer(
        Question::Protocol { protocol: Probe::Redis, login: &login() },
        vec![hear("PING"), say(b"-ERR \x1b[31mred\nlight \xff\xff\r\n")],
    )
    .await;
    assert_eq!(answer, not_yet("ERR  [31mred light"));
}
