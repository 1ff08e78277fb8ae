//! Says where the manifest gives an app an address of this computer, which inside of the app is the app itself.

use super::context::{Context, MANIFEST};
use crate::host;
use crate::manifest::Manifest;
use crate::manifest::check::addresses_of_here;
use crate::model::resolve::Identity;
use crate::state;

/// Once in a checkout's life for each variable; `devenv check` always tells.
pub fn tell(context: &Context, identity: &Identity, manifest: &Manifest) {
    // What was read from the repo has been told as that.
    if !host::is_file(&identity.root.join(MANIFEST)) {
        return;
    }
    for found in addresses_of_here(manifest) {
        let key = found.key.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let what = format!("local-address-{}-{key}", found.app);
        if !state::was_told(&context.folders, &identity.id, &what) {
            context.ui.note(&found.text());
            // The worst that can come of it is to be told again.
            let _ = state::remember_told(&context.folders, &identity.id, &what);
        }
    }
}
