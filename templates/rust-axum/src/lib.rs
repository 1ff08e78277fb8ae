//! Notes as JSON: `notes` has the routes, `migrate` brings the database up to date.

pub mod migrate;
pub mod notes;

use anyhow::Context;
use deadpool_postgres::{Config, Pool, Runtime};
use tokio_postgres::NoTls;

/// Connections to the database in `DATABASE_URL`; none is made before it is needed.
pub fn connect() -> anyhow::Result<Pool> {
    let address =
        std::env::var("DATABASE_URL").context("DATABASE_URL is not set: start the service with `devenv up`")?;
    let config = Config {
        url: Some(address),
        ..Config::new()
    };
    Ok(config.create_pool(Some(Runtime::Tokio1), NoTls)?)
}
