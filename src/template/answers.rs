//! The answers to a template's questions: from the command line, from an earlier time, from defaults.

use std::collections::BTreeMap;

use super::declaration::{Declaration, Question};
use super::render::fill;
use crate::names::Name;
use crate::problem::{Problem, kinds};
use crate::words;

/// What the name of the service is called in files; no question is needed for it.
pub const NAME: &str = "name";

/// Longer answers are a mistake.
const LONGEST: usize = 500;

/// Answers by key, that to [`NAME`] among them.
pub type Answers = BTreeMap<String, String>;

/// `KEY=VALUE`, as typed after `--set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub key: String,
    pub value: String,
}

impl Typed {
    /// # Errors
    /// What is missing.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self { key: key.to_owned(), value: value.to_owned() }),
            _ => Err("it has to be KEY=VALUE".to_owned()),
        }
    }
}

/// The answers that are known: those of an earlier time, and those that were typed now, which win.
///
/// # Errors
/// One that was typed is to no question, or is no answer to it.
pub fn taken(declaration: &Declaration, name: &Name, earlier: &Answers, typed: &[Typed]) -> Result<Answers, Problem> {
    let mut answers = Answers::from([(NAME.to_owned(), name.to_string())]);
    for question in &declaration.questions {
        let earlier = earlier.get(&question.key).filter(|answer| question.accepts(answer).is_ok());
        answers.extend(earlier.map(|answer| (question.key.clone(), answer.clone())));
    }
    for typed in typed {
        let question = declaration.questions.iter().find(|question| question.key == typed.key);
        let Some(question) = question else { return Err(no_such_question(declaration, &typed.key)) };
        question.accepts(&typed.value).map_err(|why| unfit(question, &typed.value, &why))?;
        answers.insert(typed.key.clone(), typed.value.clone());
    }
    Ok(answers)
}

/// The questions that are still open, in their order.
pub fn missing<'a>(declaration: &'a Declaration, answers: &Answers) -> Vec<&'a Question> {
    declaration.questions.iter().filter(|question| !answers.contains_key(&question.key)).collect()
}

impl Question {
    /// What is answered when nothing is said.
    pub fn preset(&self, answers: &Answers) -> Option<String> {
        let preset = fill(self.default.as_deref()?, answers).ok()?;
        self.accepts(&preset).is_ok().then_some(preset)
    }

    /// # Errors
    /// Why it can't be the answer, as a clause that follows it: "is empty".
    pub fn accepts(&self, answer: &str) -> Result<(), String> {
        if answer.contains(char::is_control) {
            return Err("is more than one line of text".to_owned());
        }
        if answer.chars().count() > LONGEST {
            return Err(format!("is longer than {LONGEST} characters"));
        }
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == answer) {
            return Err(format!("is none of {}", words::list(&self.choices)));
        }
        match self.pattern() {
            Some(pattern) if !pattern.is_match(answer) => {
                Err(format!("does not match {}", self.pattern.as_deref().unwrap_or_default()))
            }
            None if answer.trim().is_empty() => Err("is empty".to_owned()),
            _ => Ok(()),
        }
    }

    /// There is neither an answer nor anybody to ask.
    pub fn unanswered(&self) -> Problem {
        Problem::new(&kinds::TEMPLATE_ANSWER, format!("the template has to know `{}`", self.key))
            .why(self.prompt.clone())
            .fix(format!("add  --set {}=…", self.key))
    }
}

fn unfit(question: &Question, answer: &str, why: &str) -> Problem {
    Problem::new(&kinds::TEMPLATE_ANSWER, format!("`{answer}` is no answer for `{}`", question.key))
        .why(format!("it {why}"))
        .fix(format!("--set {}=…        # {}", question.key, question.prompt))
}

fn no_such_question(declaration: &Declaration, key: &str) -> Problem {
    let keys: Vec<&str> = declaration.questions.iter().map(|question| question.key.as_str()).collect();
    let problem =
        Problem::new(&kinds::TEMPLATE_ANSWER, format!("`{}` has no question with the key `{key}`", declaration.name));
    match (words::nearest(key, keys.iter().copied()), keys.is_empty()) {
        (Some(near), _) => problem.fix(format!("did you mean `{near}`?")),
        (None, true) => problem.why("it asks nothing").fix("leave out --set"),
        (None, false) => problem.why(format!("its keys are {}", words::list(&keys))).fix("use one of them"),
    }
}
