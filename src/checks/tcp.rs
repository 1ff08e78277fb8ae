//! Tries a port on behalf of a check.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// How long a connection has to be kept open. The engine's own listener accepts for whoever is inside, and hangs up at once where
/// nobody listens there.
const HELD: Duration = Duration::from_millis(300);

/// # Errors
/// Why nobody is there, as a clause that follows "it".
pub async fn knock(address: &str) -> Result<(), String> {
    let mut stream = TcpStream::connect(address).await.map_err(|error| format!("can't be reached: {error}"))?;
    let mut first = [0; 1];
    match tokio::time::timeout(HELD, stream.read(&mut first)).await {
        Ok(Ok(1..)) | Err(_) => Ok(()),
        Ok(Ok(0) | Err(_)) => Err("hung up at once".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn who_greets_or_stays_is_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serving = async {
            let (mut greeting, _) = listener.accept().await.unwrap();
            greeting.write_all(b"220").await.unwrap();
            let held = listener.accept().await.unwrap();
            drop(listener.accept().await.unwrap());
            held
        };
        let knocking = async {
            assert_eq!(knock(&address).await, Ok(()));
            assert_eq!(knock(&address).await, Ok(()));
            assert_eq!(knock(&address).await, Err("hung up at once".to_owned()));
        };
        futures_util::future::join(serving, knocking).await;
        assert!(knock("127.0.0.1:1").await.is_err());
        assert!(knock("no address").await.is_err());
    }
}
