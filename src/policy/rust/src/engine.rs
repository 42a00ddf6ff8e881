//! Compiles policies once and evaluates them many times, with regorus.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Once;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, LimitError, PolicyLengthConfig, Value};

use crate::names::check_calls;

/// What all evaluations of the process may hold at once; the engine's allocator is process-wide and estimates.
const MEMORY_LIMIT: u64 = 256 << 20;
/// Rules may use each other this deep at most, because evaluation recurses on the caller's stack.
const MAX_RULES: usize = 2_000;
/// A package of our own: evaluating its one rule makes the engine analyse all modules.
const PROBE_MODULE: &str = "package cloister_probe\nready := true\n";
const PROBE_RULE: &str = "data.cloister_probe.ready";

pub struct Module<'a> {
    pub name: &'a str,
    pub text: &'a str,
    pub rego_v0: bool,
}

#[derive(Clone, Copy)]
pub struct Limits {
    pub time: Duration,
    pub policy_bytes: usize,
    pub result_bytes: usize,
}

/// Immutable; each evaluation clones the engine, which shares modules and data.
pub struct Policy {
    engine: Engine,
    limits: Limits,
    packages: BTreeSet<String>,
}

pub enum Failure {
    Malformed(String),
    Unsupported(String),
    Limit(String),
    NotFound(String),
    Evaluation(String),
}

pub struct Outcome {
    /// JSON; none where the rule is undefined.
    pub value: Option<String>,
    pub prints: Vec<String>,
}

/// The engine's text has a line `--> FILE:LINE:COLUMN`, the source line, and `error: MESSAGE`.
fn part<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.trim_start().strip_prefix(mark))
}

fn limit_of(error: &anyhow::Error) -> Option<Failure> {
    error.chain().find_map(|cause| cause.downcast_ref::<LimitError>()).map(|limit| Failure::Limit(limit.to_string()))
}

/// What is wrong with a policy or with its data: where, and why.
fn malformed(error: anyhow::Error) -> Failure {
    let text = error.to_string();
    let message = part(&text, "error: ").unwrap_or_else(|| text.trim()).to_string();
    limit_of(&error).unwrap_or_else(|| {
        Failure::Malformed(part(&text, "--> ").map_or(message.clone(), |place| format!("{place}: {message}")))
    })
}

/// What went wrong in an evaluation: only where, because the engine's messages can quote the input.
fn evaluation(error: anyhow::Error) -> Failure {
    let text = error.to_string();
    let place = part(&text, "--> ").unwrap_or("the policy");
    limit_of(&error).unwrap_or_else(|| Failure::Evaluation(format!("evaluation failed in {place}")))
}

impl Policy {
    pub fn compile(modules: &[Module], data: &str, limits: Limits) -> Result<Policy, Failure> {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            regorus::set_global_memory_limit(Some(MEMORY_LIMIT));
            // A panic becomes a status (lib.rs); its text could quote the input, so it is not printed.
            std::panic::set_hook(Box::new(|_| {}));
        });

        let mut engine = Engine::new();
        engine.set_gather_prints(true);
        engine.set_policy_length_config(PolicyLengthConfig {
            max_col: NonZeroU32::MAX,
            max_file_bytes: NonZeroUsize::new(limits.policy_bytes).unwrap_or(NonZeroUsize::MIN),
            max_lines: PolicyLengthConfig::default().max_lines,
        });
        for module in modules {
            engine.set_rego_v0(module.rego_v0);
            let package = engine
                .add_policy(module.name.to_string(), module.text.to_string())
                .map_err(malformed)?;
            if package == "data.cloister_probe" {
                return Err(Failure::Malformed(format!("{}: package name is taken", module.name)));
            }
        }
        let rules: usize = engine.get_modules().iter().map(|module| module.policy.len()).sum();
        if rules > MAX_RULES {
            return Err(Failure::Limit(format!("expected at most {MAX_RULES} rules, got {rules}")));
        }
        check_calls(engine.get_modules()).map_err(|refusal| Failure::Unsupported(refusal.0))?;
        engine.set_rego_v0(false);
        engine
            .add_policy("cloister_probe".to_string(), PROBE_MODULE.to_string())
            .map_err(malformed)?;
        let packages = engine.get_packages().map_err(malformed)?.into_iter().collect();
        add_data(&mut engine, &packages, data)?;
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit: limits.time,
            check_interval: NonZeroU32::new(8).unwrap_or(NonZeroU32::MIN),
        });
        engine.eval_rule(PROBE_RULE.to_string()).map_err(malformed)?;
        Ok(Policy { engine, limits, packages })
    }

    /// `data`, where given, is merged into the compiled data; a path that both have with another value is an error.
    pub fn evaluate(&self, rule: &str, input: &str, data: Option<&str>, now: Option<i64>) -> Result<Outcome, Failure> {
        let mut engine = self.engine.clone();
        engine
            .add_extension("time.now_ns".to_string(), 0, Box::new(move |_| now_ns(now)))
            .and_then(|()| engine.add_extension("to_number".to_string(), 1, Box::new(to_number)))
            .map_err(evaluation)?;
        if let Some(data) = data {
            add_data(&mut engine, &self.packages, data)?;
        }
        engine.set_input_json(input).map_err(malformed)?;
        let value = engine.eval_rule(rule.to_string()).map_err(|error| {
            if error.to_string() == "not a valid rule path" {
                Failure::NotFound(format!("the policy has no rule {rule}"))
            } else {
                evaluation(error)
            }
        })?;
        let value = self.to_json(&value)?;
        let prints = engine.take_prints().map_err(evaluation)?;
        Ok(Outcome { value, prints })
    }

    fn to_json(&self, value: &Value) -> Result<Option<String>, Failure> {
        if value == &Value::Undefined {
            return Ok(None);
        }
        let json = value.to_json_str().map_err(evaluation)?;
        if json.len() > self.limits.result_bytes {
            let (most, size) = (self.limits.result_bytes, json.len());
            return Err(Failure::Limit(format!("expected a result of at most {most} bytes, got {size}")));
        }
        Ok(Some(json))
    }
}

/// Merges `text` (a JSON object) into the engine's data. Data inside a package would answer in place of its rules, so it
/// is refused.
fn add_data(engine: &mut Engine, packages: &BTreeSet<String>, text: &str) -> Result<(), Failure> {
    let data = Value::from_json_str(text).map_err(malformed)?;
    for package in packages {
        let mut value = &data;
        for name in package.split('.').skip(1) {
            if value.as_object().is_err() {
                break;
            }
            value = &value[name];
        }
        let beside = value == &Value::Undefined;
        if !beside {
            return Err(Failure::Malformed(format!("data has a value inside package {package}")));
        }
    }
    engine.add_data(data).map_err(malformed)
}

/// The caller's time instead of the machine's, so that a decision can be replayed.
fn now_ns(now: Option<i64>) -> anyhow::Result<Value> {
    match now.and_then(|seconds| seconds.checked_mul(1_000_000_000)) {
        Some(nanoseconds) => Ok(Value::from(nanoseconds)),
        None => anyhow::bail!("the policy asks for the time and the caller gave none"),
    }
}

/// As the engine's, but refuses text such as 1e2000000000, which the engine would write out digit by digit.
fn to_number(arguments: Vec<Value>) -> anyhow::Result<Value> {
    match arguments.first() {
        Some(Value::Null) | Some(Value::Bool(false)) => Ok(Value::from(0u64)),
        Some(Value::Bool(true)) => Ok(Value::from(1u64)),
        Some(Value::Number(number)) => Ok(Value::Number(number.clone())),
        Some(Value::String(text)) => {
            let digits = text.rsplit(['e', 'E', '+', '-']).next().unwrap_or_default();
            let exponent = text.contains(['e', 'E']);
            if text.len() > 64 || (exponent && digits.len() > 3) {
                anyhow::bail!("to_number: expected at most 64 characters and an exponent of at most 3 digits");
            }
            match Value::from_json_str(text) {
                Ok(Value::Number(number)) => Ok(Value::Number(number)),
                _ => anyhow::bail!("to_number: text is not a number"),
            }
        }
        _ => anyhow::bail!("to_number: expected a boolean, number, string or null"),
    }
}
