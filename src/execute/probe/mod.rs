//! Asks a service once, on its own protocol, whether it is ready: one small client for each protocol.
//!
//! An accepted connection proves nothing, because the engine accepts on a published port long before the service inside
//! listens: only bytes that the protocol calls for make an answer. Whatever comes back is taken for hostile: no length in it is
//! trusted, no more than [`wire::MOST`] bytes are read, and every question has its limit. When to ask again is decided in `ready`.

mod amqp;
mod first_byte;
#[cfg(test)]
mod hostile;
mod http;
mod kafka;
mod memcached;
mod mongodb;
mod mqtt;
mod mssql;
mod mysql;
mod mysql_password;
mod nats;
mod postgres;
mod redis;
#[cfg(test)]
mod scripted;
mod wire;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::time::timeout;

use crate::catalog;
use crate::model::{self, Login};
use wire::{Unready, Wire};

/// The most that one question may take; a server that compiles at the first request needs more than a database.
const LONGEST: Duration = Duration::from_secs(2);
const LONGEST_HTTP: Duration = Duration::from_secs(5);

/// What came of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Ready,
    /// Waiting may help. A clause about the service, for a person: "accepts connections but does not answer yet".
    NotYet(String),
    /// HTTP, with a status that is not ready: waiting may help for a while.
    Status(u16),
    /// Waiting will not help, unless this is a first start that has not come to its user and database yet.
    Refused(Refusal),
}

/// An answer that waiting will not mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub reason: Reason,
    /// What the service said, shortened and without control characters.
    pub said: String,
}

/// Why it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The user, the password or their rights.
    Login,
    /// The database does not exist, or the user may not use it.
    Database,
    /// Something else listens there, or it wants an encrypted connection.
    OtherProtocol,
    /// It talks to nobody from here, whatever the login.
    Barred,
}

/// What is asked over a connection.
#[derive(Debug, Clone, Copy)]
pub enum Question<'a> {
    Protocol {
        protocol: catalog::Probe,
        login: &'a Login,
    },
    /// A status below 400, or exactly the given one.
    Http {
        path: &'a str,
        status: Option<u16>,
    },
    /// Any answer at all to an HTTP request.
    AnyAnswer,
    /// Any byte at all.
    FirstByte,
    /// A greeting, or a connection that is kept open.
    Held,
}

impl<'a> Question<'a> {
    /// `None` for what is not asked over a connection: a line of the log, a command, a state.
    pub fn of(probe: &'a model::Probe) -> Option<Self> {
        match probe {
            model::Probe::Protocol { protocol, login } => Some(Self::Protocol { protocol: *protocol, login }),
            model::Probe::Http { path, status } => Some(Self::Http { path, status: *status }),
            model::Probe::AnyAnswer => Some(Self::AnyAnswer),
            model::Probe::Held => Some(Self::Held),
            model::Probe::FirstByte(_) => Some(Self::FirstByte),
            model::Probe::Log(_) | model::Probe::Command(_) | model::Probe::Running | model::Probe::Ended => None,
        }
    }

    fn longest(&self) -> Duration {
        if self.is_http() { LONGEST_HTTP } else { LONGEST }
    }

    fn is_http(&self) -> bool {
        matches!(self, Self::Http { .. } | Self::AnyAnswer | Self::Protocol { protocol: catalog::Probe::Http(_), .. })
    }

    /// The protocol as a person calls it.
    fn protocol(&self) -> &'static str {
        let Self::Protocol { protocol, .. } = self else { return "HTTP" };
        match protocol {
            catalog::Probe::Postgres => "PostgreSQL",
            catalog::Probe::Mysql => "MySQL",
            catalog::Probe::Redis => "Redis",
            catalog::Probe::Memcached => "Memcached",
            catalog::Probe::Mongodb => "MongoDB",
            catalog::Probe::Amqp => "AMQP",
            catalog::Probe::Nats => "NATS",
            catalog::Probe::Mqtt => "MQTT",
            catalog::Probe::Kafka => "Kafka",
            catalog::Probe::Mssql => "SQL Server",
            catalog::Probe::Http(_) => "HTTP",
        }
    }

    async fn put(&self, wire: &mut Wire) -> Result<(), Unready> {
        wire.connect().await?;
        match *self {
            Self::Protocol { protocol, login } => match protocol {
                catalog::Probe::Postgres => postgres::ask(wire, login).await,
                catalog::Probe::Mysql => mysql::ask(wire, login).await,
                catalog::Probe::Redis => redis::ask(wire, login).await,
                catalog::Probe::Memcached => memcached::ask(wire).await,
                catalog::Probe::Mongodb => mongodb::ask(wire).await,
                catalog::Probe::Amqp => amqp::ask(wire, login).await,
                catalog::Probe::Nats => nats::ask(wire, login).await,
                catalog::Probe::Mqtt => mqtt::ask(wire, login).await,
                catalog::Probe::Kafka => kafka::ask(wire).await,
                catalog::Probe::Mssql => mssql::ask(wire).await,
                catalog::Probe::Http(path) => http::ask(wire, path, None, Some(login)).await,
            },
            Self::Http { path, status } => http::ask(wire, path, status, None).await,
            Self::AnyAnswer => http::ask_any(wire).await,
            Self::Held => first_byte::ask_held(wire).await,
            Self::FirstByte => first_byte::ask(wire).await,
        }
    }
}

/// What is asked, as a noun phrase for a person.
impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol { protocol, login } => match protocol {
                catalog::Probe::Postgres | catalog::Probe::Mysql => {
                    write!(f, "`SELECT 1` as `{}`", login.user)?;
                    if login.database.is_empty() { Ok(()) } else { write!(f, " on the database `{}`", login.database) }
                }
                catalog::Probe::Redis => f.write_str("`PING`"),
                catalog::Probe::Memcached => f.write_str("`version`"),
                catalog::Probe::Mongodb => f.write_str("`hello`"),
                catalog::Probe::Kafka => f.write_str("which brokers it knows"),
                catalog::Probe::Amqp | catalog::Probe::Nats | catalog::Probe::Mqtt | catalog::Probe::Mssql => {
                    write!(f, "the {} handshake", self.protocol())
                }
                catalog::Probe::Http(path) => write!(f, "GET {path}"),
            },
            Self::Http { path, status: None } => write!(f, "GET {path}"),
            Self::Http { path, status: Some(status) } => write!(f, "GET {path}, to be answered with {status}"),
            Self::AnyAnswer => f.write_str("GET /, with any answer"),
            Self::Held => f.write_str("a connection that it keeps"),
            Self::FirstByte => f.write_str("a first byte"),
        }
    }
}

/// Has a database carry statements out; answers whether it did. Only for those that say nothing but whether they went well.
pub async fn tell(protocol: catalog::Probe, login: &Login, address: SocketAddr, statements: &[String]) -> bool {
    let mut wire = Wire::new(address, Question::Protocol { protocol, login }.protocol());
    let told = async {
        wire.connect().await?;
        match protocol {
            catalog::Probe::Postgres => postgres::tell(&mut wire, login, statements).await,
            catalog::Probe::Mysql => mysql::tell(&mut wire, login, statements).await,
            _ => Err(Unready::not_yet("nothing can be told")),
        }
    };
    matches!(timeout(LONGEST_HTTP, told).await, Ok(Ok(())))
}

/// Asks once, for `limit` or what the protocol is given at the most, whichever is less.
pub async fn ask(question: Question<'_>, address: SocketAddr, limit: Duration) -> Answer {
    let limit = limit.min(question.longest());
    answered(question, address, limit).await
}

/// A question over HTTP that was not answered in the usual time, and is kept open: a page may take longer to be made than anybody waits
/// for one answer, and who hangs up never sees it. Others are put beside it meanwhile.
pub struct Kept<'a> {
    asked: Option<LocalBoxFuture<'a, Answer>>,
    usual: Duration,
}

impl Default for Kept<'_> {
    fn default() -> Self {
        Self { asked: None, usual: LONGEST_HTTP }
    }
}

impl<'a> Kept<'a> {
    /// As [`ask`], and an answer to the question that was kept counts as well.
    pub async fn ask(&mut self, question: Question<'a>, address: SocketAddr, limit: Duration) -> Answer {
        if !question.is_http() {
            return ask(question, address, limit).await;
        }
        if let Some(kept) = &mut self.asked {
            return tokio::select! {
                answer = kept => {
                    self.asked = None;
                    answer
                }
                answer = ask(question, address, limit) => answer,
            };
        }
        let mut asked = answered(question, address, limit).boxed_local();
        let in_time = timeout(self.usual, &mut asked).await;
        in_time.unwrap_or_else(|_| {
            self.asked = Some(asked);
            Answer::NotYet(wire::SILENT.to_owned())
        })
    }
}

async fn answered(question: Question<'_>, address: SocketAddr, limit: Duration) -> Answer {
    let mut wire = Wire::new(address, question.protocol());
    match timeout(limit, question.put(&mut wire)).await {
        Ok(Ok(())) => Answer::Ready,
        Ok(Err(Unready::NotYet(said))) => Answer::NotYet(said),
        Ok(Err(Unready::Status(status))) => Answer::Status(status),
        Ok(Err(Unready::Refused(refusal))) => Answer::Refused(refusal),
        Err(_) => Answer::NotYet(wire.silence()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Whoever asks first is answered when somebody else has asked as well, and nobody else is.
    async fn serve(listener: TcpListener) {
        let (mut first, _) = listener.accept().await.unwrap();
        let (second, _) = listener.accept().await.unwrap();
        let mut heard = [0; 512];
        let _ = first.read(&mut heard).await.unwrap();
        first.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nslow").await.unwrap();
        std::future::pending::<()>().await;
        drop((first, second));
    }

    #[tokio::test]
    async fn a_page_that_takes_longer_than_one_question_is_seen_all_the_same() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (usual, limit) = (Duration::from_millis(100), Duration::from_secs(20));
        let asked = async {
            let mut kept = Kept { usual, ..Kept::default() };
            let question = Question::Http { path: "/", status: None };
            let answers = [kept.ask(question, address, limit).await, kept.ask(question, address, limit).await];
            assert!(kept.asked.is_none());
            answers
        };
        let answers = tokio::select! {
            answers = asked => answers,
            () = serve(listener) => unreachable!("it never ends"),
        };
        assert_eq!(answers, [Answer::NotYet(wire::SILENT.to_owned()), Answer::Ready]);
    }
}
