//! Asks an address on behalf of a check.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::judge::Answer;
use crate::words;

/// Larger answers are cut off as wrong: none of a smoke test is.
pub(super) const MOST_BYTES: usize = 4 << 20;

/// A GET whose answer has to be there, to its last byte, within a time: what drips is given up when that is over. `most` is how long
/// anybody waits for it at all.
///
/// # Errors
/// Why there was no answer, as a clause that follows "it".
pub async fn get_within(url: &str, within: Option<Duration>, most: Duration) -> Result<Answer, String> {
    let Some(within) = within else { return get(url, most).await };
    let answer = tokio::time::timeout(within, get(url, within)).await;
    answer.unwrap_or_else(|_| Err(format!("did not answer to the end within {}", words::duration(within))))
}

/// A GET; redirections are answers.
async fn get(url: &str, most: Duration) -> Result<Answer, String> {
    let uri: http::Uri = url.parse().map_err(|error| format!("has no address that can be asked: {error}"))?;
    if uri.scheme_str() == Some("https") {
        let url = url.to_owned();
        // The client for encryption waits for each step itself.
        let asked = tokio::task::spawn_blocking(move || super::https::get(&url, most)).await;
        return asked.map_err(|error| format!("could not be asked: {error}"))?;
    }
    let host = uri.host().ok_or("has no host in its address")?.trim_matches(['[', ']']).to_owned();
    let port = uri.port_u16().unwrap_or(80);
    let began = Instant::now();
    let stream =
        TcpStream::connect((host.as_str(), port)).await.map_err(|error| format!("can't be reached: {error}"))?;
    let said = |error: hyper::Error| format!("did not answer: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
    let authority = uri.authority().map_or_else(|| host.clone(), |authority| authority.as_str().to_owned());
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let request = http::Request::get(path)
        .header(http::header::HOST, authority.rsplit('@').next().unwrap_or_default())
        .header(http::header::USER_AGENT, "devenv")
        .header(http::header::ACCEPT, "*/*")
        .body(Empty::<Bytes>::new())
        .map_err(|error| format!("can't be asked: {error}"))?;
    let asking = async {
        let response = sender.send_request(request).await.map_err(said)?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MOST_BYTES).collect().await;
        let body = body.map_err(|error| format!("did not answer to the end: {error}"))?.to_bytes().to_vec();
        Ok(Answer { status, body, took: began.elapsed() })
    };
    let mut asking = std::pin::pin!(asking);
    tokio::select! {
        biased;
        answer = &mut asking => answer,
        _ = connection => asking.await,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const MOST: Duration = Duration::from_secs(30);

    async fn asked(answer: &'static [u8]) -> (Result<Answer, String>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(answer).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        };
        let url = format!("http://localhost:{port}/a?b=c");
        futures_util::future::join(get(&url, MOST), serving).await
    }

    #[tokio::test]
    async fn an_answer_has_a_status_and_a_body() {
        let (answer, request) = asked(b"HTTP/1.1 201 Made\r\nContent-Length: 5\r\n\r\nhello").await;
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (201, b"hello".as_slice()));
        assert!(request.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{request}");
        let (answer, _) = asked(b"HTTP/1.0 200 OK\r\n\r\nuntil the end").await;
        assert_eq!(answer.unwrap().body, b"until the end");
    }

    #[tokio::test]
    async fn an_answer_that_drips_is_given_up_when_its_time_is_over() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let dripping = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nc").await.unwrap();
            std::future::pending::<()>().await
        };
        let asking = get_within(&url, Some(Duration::from_millis(50)), MOST);
        let answer = tokio::select! {
            answer = asking => answer,
            () = dripping => unreachable!("it drips for ever"),
        };
        assert_eq!(answer.unwrap_err(), "did not answer to the end within 50 ms");
    }

    #[tokio::test]
    async fn what_is_no_answer_is_told_as_such() {
        for said in [b"".as_slice(), b"220 mail\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"] {
            let (answer, _) = asked(said).await;
            assert!(answer.unwrap_err().starts_with("did not answer"), "{said:?}");
        }
        assert!(get("http://127.0.0.1:1/", MOST).await.unwrap_err().starts_with("can't be reached"));
        assert!(get("https://127.0.0.1:1/", MOST).await.unwrap_err().starts_with("can't be reached"));
        assert!(get("/path only", MOST).await.is_err());
    }
}
