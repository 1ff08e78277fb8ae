//! Asks what a template wants to know and nobody has said yet.

use crate::commands::Failure;
use crate::commands::context::Context;
use crate::problem::Exit;
use crate::template::{Answers, Declaration, Question, missing};

/// All answers: those that are known, and to every other question that of the person, or its default where nobody is to be asked.
///
/// # Errors
/// A question has neither, or the person went away.
pub fn ask(context: &Context, declaration: &Declaration, mut answers: Answers) -> Result<Answers, Failure> {
    for question in missing(declaration, &answers) {
        let preset = question.preset(&answers);
        let answer = match preset {
            Some(preset) if context.ui.options().yes || !context.ui.can_ask() => preset,
            None if !context.ui.can_ask() => return Err(question.unanswered().into()),
            preset => of_person(context, question, preset.as_deref()).ok_or(Failure::Shown(Exit::Interrupted))?,
        };
        answers.insert(question.key.clone(), answer);
    }
    Ok(answers)
}

fn of_person(context: &Context, question: &Question, preset: Option<&str>) -> Option<String> {
    if question.choices.is_empty() {
        return context.ui.ask_text(&question.prompt, preset, |typed| question.accepts(typed));
    }
    let first = question.choices.iter().position(|choice| Some(choice.as_str()) == preset).unwrap_or_default();
    let chosen = context.ui.choose(&question.prompt, &question.choices, first)?;
    question.choices.get(chosen).cloned()
}
