//! The C interface of Cloister's policy engine; src/policy/internal/engine.h declares it for C++.
//!
//! Memory that is given out is freed by the function named for it. No panic leaves this library.

mod engine;
mod names;

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::time::Duration;

use engine::{Failure, Limits, Module, Policy};

/// Borrowed bytes. `data` may be null only where `size` is 0, or where the function says what null means.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slice {
    data: *const u8,
    size: usize,
}

/// Bytes given out; freed with cloister_policy_free_buffer.
#[repr(C)]
pub struct Buffer {
    data: *mut u8,
    size: usize,
}

#[repr(C)]
pub struct RawModule {
    name: Slice,
    text: Slice,
    rego_v0: u8,
}

#[repr(C)]
pub struct RawLimits {
    time_milliseconds: u64,
    policy_bytes: usize,
    result_bytes: usize,
}

const OK: i32 = 0;
const UNDEFINED: i32 = 1;
const MALFORMED: i32 = 2;
const UNSUPPORTED: i32 = 3;
const LIMIT: i32 = 4;
const NOT_FOUND: i32 = 5;
const EVALUATION: i32 = 6;
const INTERNAL: i32 = 7;

fn give(bytes: Vec<u8>) -> Buffer {
    let boxed = bytes.into_boxed_slice();
    let size = boxed.len();
    Buffer { data: Box::into_raw(boxed).cast::<u8>(), size }
}

/// Safety: `slice` points to `size` readable bytes.
unsafe fn text<'a>(slice: Slice, what: &str) -> Result<&'a str, Failure> {
    if slice.size == 0 {
        return Ok("");
    }
    let bytes = std::slice::from_raw_parts(slice.data, slice.size);
    std::str::from_utf8(bytes).map_err(|_| Failure::Malformed(format!("{what} is not UTF-8")))
}

/// Runs `body`; a failure or panic becomes a status and a message in `error`.
unsafe fn guarded(error: *mut Buffer, body: impl FnOnce() -> Result<i32, Failure>) -> i32 {
    let (status, message) = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(status)) => return status,
        Ok(Err(Failure::Malformed(message))) => (MALFORMED, message),
        Ok(Err(Failure::Unsupported(message))) => (UNSUPPORTED, message),
        Ok(Err(Failure::Limit(message))) => (LIMIT, message),
        Ok(Err(Failure::NotFound(message))) => (NOT_FOUND, message),
        Ok(Err(Failure::Evaluation(message))) => (EVALUATION, message),
        Err(_) => (INTERNAL, "the policy engine panicked".to_string()),
    };
    *error = give(message.into_bytes());
    status
}

/// Compiles `count` modules over `data` (a JSON object). OK: `policy` is set; otherwise `error` is.
///
/// # Safety
/// Every slice is readable, `modules` points to `count` modules, and the out pointers are writable.
#[no_mangle]
pub unsafe extern "C" fn cloister_policy_compile(
    modules: *const RawModule,
    count: usize,
    data: Slice,
    limits: *const RawLimits,
    policy: *mut *mut Policy,
    error: *mut Buffer,
) -> i32 {
    guarded(error, || {
        let raw: &[RawModule] = if count == 0 { &[] } else { std::slice::from_raw_parts(modules, count) };
        let mut taken = Vec::with_capacity(count);
        for module in raw {
            taken.push(Module {
                name: text(module.name, "module name")?,
                text: text(module.text, "module")?,
                rego_v0: module.rego_v0 != 0,
            });
        }
        let limits = Limits {
            time: Duration::from_millis((*limits).time_milliseconds),
            policy_bytes: (*limits).policy_bytes,
            result_bytes: (*limits).result_bytes,
        };
        *policy = Box::into_raw(Box::new(Policy::compile(&taken, text(data, "data")?, limits)?));
        Ok(OK)
    })
}

/// Evaluates `rule` (such as data.release.allow) on `input` (JSON). `data` (a JSON object, null pointer: none) is merged
/// into the compiled data for this call; `now` (seconds since 1970, null pointer: none) is what time.now_ns gives.
/// OK: `result` holds JSON; OK and UNDEFINED: `prints` holds the printed lines; otherwise `error` is set.
///
/// # Safety
/// As cloister_policy_compile; `policy` came from there. May be called by many threads at once.
#[no_mangle]
pub unsafe extern "C" fn cloister_policy_evaluate(
    policy: *const Policy,
    rule: Slice,
    input: Slice,
    data: Slice,
    now: *const i64,
    result: *mut Buffer,
    prints: *mut Buffer,
    error: *mut Buffer,
) -> i32 {
    guarded(error, || {
        let extra = if data.data.is_null() { None } else { Some(text(data, "data")?) };
        let outcome = (*policy).evaluate(text(rule, "rule")?, text(input, "input")?, extra, now.as_ref().copied())?;
        *prints = give(outcome.prints.join("\n").into_bytes());
        match outcome.value {
            Some(value) => {
                *result = give(value.into_bytes());
                Ok(OK)
            }
            None => Ok(UNDEFINED),
        }
    })
}

/// # Safety
/// `policy` came from cloister_policy_compile, or is null; it is not used afterwards.
#[no_mangle]
pub unsafe extern "C" fn cloister_policy_free(policy: *mut Policy) {
    if !policy.is_null() {
        drop(Box::from_raw(policy));
    }
}

/// # Safety
/// `buffer` was given out by this library, or its pointer is null; it is not used afterwards.
#[no_mangle]
pub unsafe extern "C" fn cloister_policy_free_buffer(buffer: Buffer) {
    if !buffer.data.is_null() {
        drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(buffer.data, buffer.size)));
    }
}
