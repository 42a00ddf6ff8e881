#include "collateral/patient_http.h"

#include <algorithm>
#include <charconv>

namespace cloister::collateral {
namespace {

using std::chrono::milliseconds;

bool MayPass(int status) { return status == 429 || status == 500 || status == 502 || status == 503 || status == 504; }

// Seconds; a date is taken as none, since nothing here knows the service's clock.
std::optional<milliseconds> RetryAfter(const HttpAnswer& answer) {
  const auto text = answer.Find("Retry-After");
  if (!text) return std::nullopt;
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return milliseconds(std::uint64_t{seconds} * 1000);
}

}  // namespace

void PatientHttp::WaitForTurn(const std::string& origin) {
  milliseconds& turn = next_turn_.try_emplace(origin, pace_.Now()).first->second;
  if (turn > pace_.Now()) pace_.Wait(turn - pace_.Now());
  turn = pace_.Now() + patience_.between_requests;
}

// Between half of `wait` and all of it, so that many who failed at once don't come back at once.
milliseconds PatientHttp::Jittered(milliseconds wait) {
  const Bytes random = crypto::RandomBytes(random_, 4);
  std::uint64_t number = 0;
  for (const std::uint8_t byte : random) number = number << 8 | byte;
  const auto half = static_cast<std::uint64_t>(wait.count()) / 2;
  return milliseconds(static_cast<std::int64_t>(half + (half + 1) * number / (std::uint64_t{1} << 32)));
}

Result<HttpAnswer> PatientHttp::Send(const HttpRequest& request) {
  const std::string origin = TRY(OriginOf(request.url));
  milliseconds wait = patience_.first_wait;
  for (int attempt = 1;; ++attempt) {
    WaitForTurn(origin);
    auto answer = inner_.Send(request);
    if (answer ? !MayPass(answer->status) : answer.error().code() != ErrorCode::kUnavailable) return answer;
    const std::string failure = answer ? origin + " answered " + std::to_string(answer->status) : answer.error().message();
    const auto asked = answer ? RetryAfter(*answer) : std::nullopt;
    if (asked && *asked > patience_.longest_retry_after) {
      return Error(ErrorCode::kUnavailable, failure + ", to be tried again after " + std::to_string(asked->count() / 1000) + " s");
    }
    if (attempt >= patience_.attempts) return Error(ErrorCode::kUnavailable, failure + ", at attempt " + std::to_string(attempt));
    pace_.Wait(std::max(asked.value_or(milliseconds(0)), Jittered(wait)));
    wait = std::min(wait * 2, patience_.longest_wait);
  }
}

}  // namespace cloister::collateral
