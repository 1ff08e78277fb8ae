//! How a browser learns the page's address: from a file that nobody else can read. What it is started with can be seen by every user of
//! a computer, and the address has the key in it.

use std::path::{Path, PathBuf};

use crate::commands::context::Context;
use crate::host;
use crate::names::EnvironmentId;
use crate::page::House;

/// Where browsers of Ubuntu's own kind of package are, which see nothing of hidden folders.
const SNAPS: &[&str] = &["/snap/bin/firefox", "/snap/bin/chromium", "/snap/bin/brave"];

/// The file that leads to the page of an environment; it is there until somebody has come in, or the page ends.
pub struct Door {
    file: PathBuf,
}

impl Door {
    pub fn of(context: &Context, id: &EnvironmentId) -> Self {
        let has_snap = SNAPS.iter().any(|path| host::is_file(Path::new(path)));
        let home = context.world.home().filter(|_| has_snap);
        Self { file: file(context.folders.environment(id), home, id) }
    }

    /// Opens the page in a browser, where there is one. The page is served meanwhile: whatever opens it may go on for as long as the
    /// browser does.
    pub async fn open(&self, context: &Context, url: &str) {
        if host::write_private(&self.file, leading_to(url).as_bytes()).is_err() {
            return;
        }
        let (world, file) = (context.world.clone(), self.file.clone());
        let opened = tokio::task::spawn_blocking(move || world.open_page_file(&file)).await;
        if !opened.unwrap_or(false) {
            self.close();
        }
    }

    pub fn close(&self) {
        host::remove_file(&self.file);
    }

    /// Removes the file whenever somebody has come in; for ever.
    pub async fn close_behind(&self, house: &House) {
        loop {
            house.somebody_came_in().await;
            self.close();
        }
    }
}

fn file(folder: PathBuf, home: Option<PathBuf>, id: &EnvironmentId) -> PathBuf {
    home.map_or_else(|| folder.join("open.html"), |home| home.join(format!("devenv-page-{id}.html")))
}

fn leading_to(url: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta http-equiv=\"refresh\" content=\"0; url={url}\">\n\
         <title>devenv</title>\n</head>\n<body><p><a href=\"{url}\">Open the page</a></p></body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_where_the_browsers_of_this_computer_can_read_it() {
        let id = EnvironmentId::of_checkout("/x".as_ref());
        assert_eq!(file("/state/x".into(), None, &id), Path::new("/state/x/open.html"));
        let seen = file("/home/ada/.local/state/x".into(), Some("/home/ada".into()), &id);
        assert_eq!(seen.parent(), Some(Path::new("/home/ada")));
        assert!(!seen.file_name().unwrap().to_string_lossy().starts_with('.'));
    }
}
