//! What n8n's Error Trigger hands on: `workflow`, and `execution`, or `trigger` where the trigger itself
//! failed. Nothing ever says that it is over. And that n8n is not ready, which nobody hands on.

use crate::domain::fault::Fault;
use crate::reading::alerts::draft::Draft;
use crate::reading::alerts::found::Found;
use crate::reading::alerts::member::Member;

/// Who sends these.
const SOURCE: &str = "n8n";

/// Whether a body is of this shape.
pub(super) fn is(body: &Member<'_>) -> bool {
    ["execution", "trigger"].iter().any(|name| {
        let run = body.get(name).filter(Member::is_object);
        run.is_some_and(|run| run.has("error") || body.has("workflow"))
    })
}

pub(super) fn read(body: &Member<'_>, found: &mut Found<'_>) -> Result<(), Fault> {
    let run = match body.object("execution")? {
        Some(execution) => execution,
        None => body
            .object("trigger")?
            .ok_or_else(|| body.lacks("execution", "an object"))?,
    };
    let (error, said) = match run.get("error") {
        Some(error) if error.is_object() => (Some(error), None),
        // An expression in the node that sends it may have picked the text alone.
        Some(_) => (None, run.text(&["error"])?),
        None => return Err(run.lacks("error", "an object")),
    };
    let of_error = |names: &[&str]| match &error {
        Some(error) => error.text(names),
        None => Ok(None),
    };
    let node = match run.text(&["lastNodeExecuted"])? {
        Some(node) => Some(node),
        None => match &error {
            Some(error) => error.name(&["node"])?,
            None => None,
        },
    };
    let workflow = body.object("workflow")?;
    let of_workflow = |names: &[&str]| match &workflow {
        Some(workflow) => workflow.text(names),
        None => Ok(None),
    };
    let name = of_workflow(&["name", "id"])?.unwrap_or_else(|| "without a name".to_owned());
    let at = node.as_ref().map_or_else(
        || {
            if body.has("trigger") {
                " at its trigger".to_owned()
            } else {
                String::new()
            }
        },
        |node| format!(" at {node}"),
    );
    let message = [said, of_error(&["message"])?, of_error(&["description"])?];
    let mut message: Vec<String> = message.into_iter().flatten().collect();
    message.dedup();
    if message.is_empty() {
        // The first line of a trace is what was thrown.
        let stack = of_error(&["stack"])?.unwrap_or_default();
        message.extend(stack.lines().next().map(str::to_owned));
    }
    let id = of_workflow(&["id", "name"])?;
    let id = id.map(|id| format!("{id}/{}", node.as_deref().unwrap_or("trigger")));
    found.alert(Draft {
        source: found.source(SOURCE),
        id,
        is_firing: true,
        title: format!("Workflow {name} failed{at}"),
        message: message.join(" "),
        url: run.text(&["url"])?,
        started_at: match &error {
            Some(error) => error.time(&["timestamp"])?,
            None => None,
        },
        ends_by_itself: false,
        ..Draft::default()
    })
}

/// What is said of whether it is ready.
pub(super) fn readiness(ready: &Result<(), Fault>) -> Draft {
    let fault = ready.as_ref().err();
    let title = match fault {
        Some(_) => "n8n is not ready",
        None => "n8n is ready",
    };
    Draft {
        source: SOURCE.to_owned(),
        id: Some("readiness".to_owned()),
        is_firing: fault.is_some(),
        title: title.to_owned(),
        message: fault.map_or_else(String::new, |fault| fault.detail.to_string()),
        code: fault.map(|fault| fault.code.to_string()),
        ends_by_itself: true,
        ..Draft::default()
    }
}
