//! Names, references and the catalog: the manifest held against itself.
