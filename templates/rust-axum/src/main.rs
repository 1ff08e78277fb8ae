//! Serves notes. With the argument `migrate` it brings the database up to date and ends.

use anyhow::bail;
use service::{connect, migrate, notes};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pool = connect()?;
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("migrate") => return migrate::migrate(&pool).await,
        Some(other) => bail!("unknown argument {other:?}: there is only `migrate`"),
    }
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}")).await?;
    println!("listening on port {port}");
    axum::serve(listener, notes::router(pool))
        .with_graceful_shutdown(told_to_stop()?)
        .await?;
    Ok(())
}

fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
