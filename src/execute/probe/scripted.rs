//! A double of a service: says and hears what a script tells it to, on a real port of the loopback address.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Answer, Question, ask};
use crate::model::{Login, Sensitive};

/// What the double does next. After the last act it hangs up.
#[derive(Debug, Clone)]
pub enum Act {
    Say(Vec<u8>),
    /// Listens until this has been said.
    Hear(Vec<u8>),
    /// Says this over and over, until nobody listens any more.
    Flood(Vec<u8>),
    /// Keeps the line open and says nothing.
    Hang,
}

pub fn say(bytes: impl AsRef<[u8]>) -> Act {
    Act::Say(bytes.as_ref().to_vec())
}

pub fn hear(bytes: impl AsRef<[u8]>) -> Act {
    Act::Hear(bytes.as_ref().to_vec())
}

/// Starts a double that goes by the script with everyone who connects.
pub async fn serve(script: Vec<Act>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(perform(stream, script.clone()));
        }
    });
    address
}

async fn perform(mut stream: TcpStream, script: Vec<Act>) {
    let mut heard = Vec::new();
    for act in script {
        match act {
            Act::Say(bytes) => {
                let _ = stream.write_all(&bytes).await;
            }
            Act::Hear(wanted) => loop {
                if let Some(at) = heard.windows(wanted.len()).position(|part| part == wanted) {
                    heard.drain(..at + wanted.len());
                    break;
                }
                if stream.read_buf(&mut heard).await.unwrap_or(0) == 0 {
                    return;
                }
            },
            Act::Flood(bytes) => while stream.write_all(&bytes).await.is_ok() {},
            Act::Hang => {
                let _ = tokio::time::timeout(Duration::from_secs(5), std::future::pending::<()>()).await;
            }
        }
    }
    // Everything that was said is to arrive, so nothing may be left unread.
    let _ = stream.shutdown().await;
    let _ = tokio::time::timeout(Duration::from_millis(50), stream.read_to_end(&mut heard)).await;
}

/// Asks a double once.
pub async fn answer(question: Question<'_>, script: Vec<Act>) -> Answer {
    let address = serve(script).await;
    ask(question, address, Duration::from_millis(1500)).await
}

pub fn login() -> Login {
    Login { user: "app".to_owned(), password: Some(Sensitive::new("s3cret")), database: "shop".to_owned() }
}

pub fn nobody() -> Login {
    Login::default()
}

pub fn not_yet(said: &str) -> Answer {
    Answer::NotYet(said.to_owned())
}

pub fn refused(reason: super::Reason, said: &str) -> Answer {
    Answer::Refused(super::Refusal { reason, said: said.to_owned() })
}
