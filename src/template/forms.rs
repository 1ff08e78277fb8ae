//! The forms in which an answer can be written into a file: `@@name.snake@@`.

/// A form and what it makes of an answer.
type Form = (&'static str, fn(&str) -> String);

pub const FORMS: &[Form] = &[
    // order-history -> order_history
    ("snake", |text| words(text).join("_")),
    // order-history -> ORDER_HISTORY
    ("upper", |text| words(text).join("_").to_uppercase()),
    // order-history -> OrderHistory
    ("pascal", |text| words(text).iter().map(|word| capital(word)).collect()),
    // order-history -> orderhistory
    ("flat", |text| words(text).concat()),
    // order-history -> Order history
    ("title", |text| capital(&words(text).join(" "))),
    // com.example.shop -> com/example/shop
    ("path", |text| text.replace('.', "/")),
    // He said "no" -> He said \"no\": between double quotes in JSON, YAML, TOML and most languages
    ("quoted", quoted),
];

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// An answer is one line without control characters, so that these two are all there is to escape.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
