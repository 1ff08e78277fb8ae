//! `dev.yaml` as text: what is no YAML, and what YAML allows and a manifest does not.

use crate::problem::{Exit, ProblemKind, Repair};

super::kinds! {
    MANIFEST_SYNTAX = ProblemKind::new("manifest-syntax", Exit::Manifest)
        .title("dev.yaml is not valid YAML")
        .page("
            The text cannot be read at the place that is shown: a quote or a bracket that is never closed, a tab in the indentation, a
            line that stands too far to the left or right. Indentation says in YAML what belongs to what: two spaces a level.
        ")
        .fixes(&["correct the line that is shown, or the one before it", "devenv check        # shows whether that is all"])
        .found_in("services:\n  db: { use: postgres\n");

    MANIFEST_EMPTY = ProblemKind::new("manifest-empty", Exit::Manifest)
        .title("dev.yaml says nothing yet")
        .page("
            The file is there and has no content, or only comments. One service is enough to begin with.
        ")
        .fixes(&["write what the code needs, for example:  services: { db: postgres }"])
        .found_in("# nothing yet\n");

    MANIFEST_NOT_UTF8 = ProblemKind::new("manifest-not-utf8", Exit::Manifest)
        .title("dev.yaml is not text in UTF-8")
        .page("
            The file has bytes that belong to no character of UTF-8: it was saved in another encoding, such as UTF-16 on Windows, or it
            is no text at all.
        ")
        .fixes(&["save it as UTF-8 in your editor"])
        .example("
            error[manifest-not-utf8]: `dev.yaml` is not text in UTF-8
              why: it begins like text in UTF-16
              fix: save it as UTF-8 in your editor
        ")
        .tested(&["src/manifest/yaml/text.rs::the_first_bad_byte_has_a_place"]);

    MANIFEST_TOO_LARGE = ProblemKind::new("manifest-too-large", Exit::Manifest)
        .title("dev.yaml is too large")
        .page("
            A manifest has some dozens of lines; this one has more than a million bytes, or more than 100,000 values once every alias
            (`*name`) is written out. It may be another file, or one that was made to fill up the memory of whoever reads it.
        ")
        .fixes(&["check that the right file was given, and keep data in files of its own"])
        .example("
            error[manifest-too-large]: `dev.yaml` is too large to be a manifest
              why: it has 10 MB; at most 1.0 MB are read
              fix: check that the right file was given, and keep data in files of its own
        ")
        .tested(&["src/manifest/yaml/text.rs::a_large_file_is_refused_without_reading_it"]);

    MANIFEST_TOO_DEEP = ProblemKind::new("manifest-too-deep", Exit::Manifest)
        .title("dev.yaml is nested too deep")
        .page("
            Lists and mappings stand inside each other more than 64 levels deep; a manifest needs about five. Mostly an opening bracket
            is never closed.
        ")
        .fixes(&["look for an opening `[` or `{` that is never closed"])
        .found_in("name: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n");

    MANIFEST_TOO_MANY_KEYS = ProblemKind::new("manifest-too-many-keys", Exit::Manifest)
        .title("Two keys stand together of which only one can count")
        .page("
            Some keys are different ways to say the same thing, such as where an app's toolchain comes from: `runtime`, `build` or
            `image`. Two of them together contradict each other.
        ")
        .fixes(&["keep the one that is meant and remove the other"])
        .found_in("services:\n  db: { use: postgres, image: postgres:17, port: 5432 }\n");

    MANIFEST_MANY_DOCUMENTS = ProblemKind::new("manifest-many-documents", Exit::Manifest)
        .title("dev.yaml holds a second document")
        .page("
            A line with `---` ends a YAML document and begins another one, and a manifest is one. Files for other tools often hold
            several.
        ")
        .fixes(&["remove the line with `---`, or move what follows to a file of its own"])
        .found_in("services: { db: postgres }\n---\nservices: { cache: redis }\n");

    MANIFEST_DUPLICATE_KEY = ProblemKind::new("manifest-duplicate-key", Exit::Manifest)
        .title("A key is there twice")
        .page("
            The same word stands twice in one mapping, and only one of them could count. Which one that would be is different from
            program to program, so devenv takes neither.
        ")
        .fixes(&["remove one of the two, or give it another name"])
        .found_in("services:\n  db: postgres\n  db: mysql\n");

    MANIFEST_BAD_KEY = ProblemKind::new("manifest-bad-key", Exit::Manifest)
        .title("A mapping or a list stands where a key is expected")
        .page("
            Before a `:` stands a word. Text that begins with `{` or `[`, as templates like `{{ value }}` do, is read by YAML as a
            mapping or a list unless it stands in quotes.
        ")
        .fixes(&["put quotes around the whole value", "write `key: value`"])
        .found_in("name: shop\n[a, b]: c\n");

    MANIFEST_BAD_MERGE = ProblemKind::new("manifest-bad-merge", Exit::Manifest)
        .title("What is to be taken over with `<<` is no mapping")
        .page("
            `<<: *name` takes over the keys of a mapping that was marked with `&name` further up. What stands there is a single value
            or a list.
        ")
        .fixes(&["write `<<: *name`, where `&name` marks a mapping further up"])
        .found_in("services:\n  db:\n    <<: postgres\n");

    MANIFEST_UNKNOWN_ANCHOR = ProblemKind::new("manifest-unknown-anchor", Exit::Manifest)
        .title("An alias stands for nothing")
        .page("
            Text that begins with `*` is an alias in YAML: it stands for what was marked with `&` and the same word further up. Nothing
            is marked so, or the alias is part of what it stands for.
        ")
        .fixes(&["put quotes around text that is to begin with `*`", "mark what is meant with `&name`, above the alias"])
        .found_in("services:\n  db: *database\n");

    MANIFEST_UNKNOWN_MARK = ProblemKind::new("manifest-unknown-mark", Exit::Manifest)
        .title("A word that begins with `!` has no meaning here")
        .page("
            An unquoted word that begins with `!` says in YAML what type a value has. A manifest has no such types: values are the text
            that they look like.
        ")
        .fixes(&["remove it, or put quotes around the whole value if it is meant as text"])
        .found_in("name: !important shop\n");

    MANIFEST_COMMENT_AS_VALUE = ProblemKind::new("manifest-comment-as-value", Exit::Manifest)
        .title("A value is read as a comment")
        .page("
            A `#` with a space before it begins a comment in YAML, so that a value such as `#ff0000` or `#general` vanishes. It needs
            quotes.
        ")
        .fixes(&["put quotes around the value", "put a space after the `#` if it is a comment"])
        .found_in("apps:\n  api:\n    runtime: node\n    run: npm start\n    env:\n      COLOR: #ff0000\n");

    MANIFEST_WRONG_TYPE = ProblemKind::new("manifest-wrong-type", Exit::Manifest)
        .title("A value has another form than its key needs")
        .page("
            A single value stands where a list or a mapping is expected, or the other way round. Often only the space after a `:` is
            missing, or a line is not indented far enough.
        ")
        .fixes(&["write it in the form that is shown"])
        .found_in("services: [db, cache]\n");

    MANIFEST_UNKNOWN_KEY = ProblemKind::new("manifest-unknown-key", Exit::Manifest)
        .title("A key is not known here")
        .repaired_by(Repair::Doctor)
        .page("
            The word is no key of this part of dev.yaml: it is misspelt, it belongs to another part, or it comes from another tool. The
            nearest right word is shown, and where a known tool calls the same thing otherwise, its name here.
        ")
        .fixes(&["write the word that is shown", "devenv check --schema > dev.schema.json        # lets your editor complete the keys"])
        .found_in("services:\n  db: { use: postgres, prot: 5432 }\n");

    MANIFEST_MISSING_KEY = ProblemKind::new("manifest-missing-key", Exit::Manifest)
        .title("A key that is needed is missing")
        .page("
            Something in dev.yaml cannot be brought up as it is written: an app that says neither how it runs nor with what, a service
            that is neither of the catalog nor says what it is.
        ")
        .fixes(&["add the key that is shown"])
        .found_in("apps:\n  api: { port: 3000 }\n");

    MANIFEST_NOTHING_TO_TAKE = ProblemKind::new("manifest-nothing-to-take", Exit::Manifest)
        .title("dev.local.yaml takes away what is not there")
        .repaired_by(Repair::Doctor)
        .page("
            In your own dev.local.yaml, `null`, `~` or nothing behind a key takes away what dev.yaml says. dev.yaml says nothing there:
            the word is misspelt, or the team has removed it.
        ")
        .fixes(&["remove the line, or write a value behind it"])
        .example("
            error[manifest-nothing-to-take]: `cahce` is not in dev.yaml, so there is nothing to take away
             --> dev.local.yaml:2:3
              |
            2 |   cahce: ~
              |   ^^^^^
              why: `null`, `~` or nothing behind a key takes away what dev.yaml says
              fix: did you mean `cache`?
              fix: or remove the line
        ")
        .tested(&["tests/cli/faults.rs::settings_and_manifests_that_can_not_be_read_are_told"]);

    MANIFEST_MORE = ProblemKind::new("manifest-more", Exit::Manifest)
        .title("dev.yaml has more problems than are shown")
        .page("
            So many things are wrong that a list of all would help nobody; mostly one of the first explains many of the others.
        ")
        .fixes(&["correct those above first, then: devenv check"])
        .example("
            error[manifest-more]: and 37 more problems
              fix: correct those above first
        ")
        .tested(&["tests/cli/faults.rs::settings_and_manifests_that_can_not_be_read_are_told"]);
}
