//! Text -> Manifest with places; all problems at once.
