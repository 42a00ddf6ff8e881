//! Which functions a policy may call, and the check that it calls no others. The check runs when a policy is compiled;
//! the engine itself would notice an unknown function only when its call is evaluated.

use std::collections::BTreeSet;

use regorus::unstable::{Expr, Literal, Module, Query, Ref, Rule, RuleAssign, RuleHead, Span};

/// Built-ins that a policy may call. Left out of what the engine offers:
/// `rand.intn` (random); `trace`; `bits.lsh`, `json.unmarshal`, `units.*` (a few digits of input can make a number
/// that takes gigabytes, inside one call that no limit interrupts).
/// `time.now_ns` and `to_number` are here, but are our own: see engine.rs.
const BUILTINS: &[&str] = &[
    "__builtin_sets.intersection", "__builtin_sets.union", "abs", "array.concat", "array.reverse", "array.slice",
    "base64.decode", "base64.encode", "base64.is_valid", "base64url.decode", "base64url.encode",
    "base64url.encode_no_pad", "bits.and", "bits.negate", "bits.or", "bits.rsh", "bits.xor", "ceil", "concat",
    "contains", "count", "endswith", "floor", "format_int", "glob.match", "glob.quote_meta", "hex.decode", "hex.encode",
    "indexof", "indexof_n", "intersection", "is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set",
    "is_string", "json.filter", "json.marshal", "json.remove", "lower", "max", "min", "net.cidr_contains",
    "net.cidr_expand", "net.cidr_is_valid", "numbers.range", "numbers.range_step", "object.filter", "object.get",
    "object.keys", "object.remove", "object.subset", "object.union", "object.union_n", "print", "product",
    "regex.find_all_string_submatch_n", "regex.find_n", "regex.is_valid", "regex.match", "regex.replace", "regex.split",
    "regex.template_match", "replace", "round", "semver.compare", "semver.is_valid", "sort", "split", "sprintf",
    "startswith", "strings.any_prefix_match", "strings.any_suffix_match", "strings.count", "strings.replace_n",
    "strings.reverse", "substring", "sum", "time.add_date", "time.clock", "time.date", "time.diff", "time.format",
    "time.now_ns", "time.parse_duration_ns", "time.parse_ns", "time.parse_rfc3339_ns", "time.weekday", "to_number",
    "trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix", "type_name", "union", "upper",
];

/// A call that is refused: where, and why.
pub struct Refusal(pub String);

type Checked = Result<(), Refusal>;

fn refuse(span: &Span, why: String) -> Checked {
    Err(Refusal(format!("{}:{}:{}: {why}", span.source.get_path(), span.line, span.col)))
}

/// `a.b.c` of a reference made of names only.
fn path_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Var { span, .. } => Some(span.text().to_string()),
        Expr::RefDot { refr, field, .. } => Some(format!("{}.{}", path_of(refr)?, field.0.text())),
        Expr::RefBrack { refr, index, .. } => match index.as_ref() {
            Expr::String { span, .. } => Some(format!("{}.{}", path_of(refr)?, span.text())),
            _ => None,
        },
        _ => None,
    }
}

fn is_dotted(expr: &Expr) -> bool {
    match expr {
        Expr::Var { .. } => true,
        Expr::RefDot { refr, .. } => is_dotted(refr),
        _ => false,
    }
}

/// Refuses every call of what is neither a function of `modules` nor a permitted built-in, and packages named with
/// brackets: `package a["b.c"]` would look like `package a.b.c` to the engine.
pub fn check_calls(modules: &[Ref<Module>]) -> Checked {
    let mut functions = BTreeSet::new();
    for module in modules {
        if !is_dotted(&module.package.refr) {
            return refuse(&module.package.span, "expected a package named a.b.c, got brackets".to_string());
        }
        let package = package_of(module);
        for rule in &module.policy {
            let refr = match rule.as_ref() {
                Rule::Spec { head: RuleHead::Func { refr, .. }, .. } => refr,
                Rule::Default { refr, args, .. } if !args.is_empty() => refr,
                _ => continue,
            };
            if let Some(name) = path_of(refr) {
                functions.insert(format!("{package}.{name}"));
            }
        }
    }
    for module in modules {
        let walk = Walk { package: package_of(module), functions: &functions };
        for rule in &module.policy {
            walk.rule(rule)?;
        }
    }
    Ok(())
}

fn package_of(module: &Module) -> String {
    format!("data.{}", path_of(&module.package.refr).unwrap_or_default())
}

struct Walk<'a> {
    package: String,
    functions: &'a BTreeSet<String>,
}

impl Walk<'_> {
    fn is_own_function(&self, name: &str) -> bool {
        self.functions.contains(name) || self.functions.contains(&format!("{}.{name}", self.package))
    }

    fn rule(&self, rule: &Rule) -> Checked {
        match rule {
            Rule::Default { refr, args, value, .. } => {
                self.expr(refr)?;
                self.exprs(args)?;
                self.expr(value)
            }
            Rule::Spec { head, bodies, .. } => {
                self.head(head)?;
                bodies.iter().try_for_each(|body| {
                    self.assign(&body.assign)?;
                    self.query(&body.query)
                })
            }
        }
    }

    fn head(&self, head: &RuleHead) -> Checked {
        match head {
            RuleHead::Compr { refr, assign, .. } => {
                self.expr(refr)?;
                self.assign(assign)
            }
            RuleHead::Set { refr, key, .. } => {
                self.expr(refr)?;
                self.optional(key)
            }
            RuleHead::Func { refr, args, assign, .. } => {
                self.expr(refr)?;
                self.exprs(args)?;
                self.assign(assign)
            }
        }
    }

    fn assign(&self, assign: &Option<RuleAssign>) -> Checked {
        assign.as_ref().map_or(Ok(()), |assign| self.expr(&assign.value))
    }

    fn optional(&self, expr: &Option<Ref<Expr>>) -> Checked {
        expr.as_ref().map_or(Ok(()), |expr| self.expr(expr))
    }

    fn exprs(&self, exprs: &[Ref<Expr>]) -> Checked {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    fn query(&self, query: &Query) -> Checked {
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { key, value, collection, .. } => {
                    self.optional(key)?;
                    self.expr(value)?;
                    self.expr(collection)?;
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expr(expr)?,
                Literal::Every { domain, query, .. } => {
                    self.expr(domain)?;
                    self.query(query)?;
                }
            }
            for with in &statement.with_mods {
                self.with(&with.refr, &with.r#as)?;
            }
        }
        Ok(())
    }

    /// `with` may replace parts of `input` and `data` by values; replacing functions would reach past the list.
    fn with(&self, target: &Expr, value: &Expr) -> Checked {
        let name = path_of(target).unwrap_or_default();
        let document = name == "input" || name.starts_with("input.") || name.starts_with("data.");
        if !document || self.is_own_function(&name) {
            return refuse(target.span(), format!("`with` replaces `{name}`, expected a part of `input` or `data`"));
        }
        self.expr(value)
    }

    fn call(&self, span: &Span, function: &Expr) -> Checked {
        match path_of(function) {
            None => refuse(span, "called function has no plain name".to_string()),
            Some(name) if self.is_own_function(&name) || BUILTINS.contains(&name.as_str()) => Ok(()),
            Some(name) => refuse(span, format!("function `{name}` is unknown or not permitted")),
        }
    }

    fn expr(&self, expr: &Expr) -> Checked {
        match expr {
            Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. } | Expr::Bool { .. }
            | Expr::Null { .. } | Expr::Var { .. } => Ok(()),
            Expr::Array { items, .. } | Expr::Set { items, .. } => self.exprs(items),
            Expr::Object { fields, .. } => fields.iter().try_for_each(|(_, key, value)| {
                self.expr(key)?;
                self.expr(value)
            }),
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expr(term)?;
                self.query(query)
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expr(key)?;
                self.expr(value)?;
                self.query(query)
            }
            Expr::Call { span, fcn, params, .. } => {
                self.call(span, fcn)?;
                self.exprs(params)
            }
            Expr::UnaryExpr { expr, .. } => self.expr(expr),
            Expr::RefDot { refr, .. } => self.expr(refr),
            Expr::RefBrack { refr, index, .. } => {
                self.expr(refr)?;
                self.expr(index)
            }
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expr(lhs)?;
                self.expr(rhs)
            }
            Expr::Membership { key, value, collection, .. } => {
                self.optional(key)?;
                self.expr(value)?;
                self.expr(collection)
            }
        }
    }
}
