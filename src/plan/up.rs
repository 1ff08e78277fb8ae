//! Project x Observed -> the plan of `devenv up`.
