// HTTP off the wire: whatever comes, reading it at once and byte by byte gives the same request.
#include "net/client.h"
#include "net/internal/parser.h"
#include "net/router.h"
#include "telemetry/trace.h"

namespace {

using namespace cloister;

constexpr net::internal::MessageLimits kLimits{2000, 1000};

// Feeds `input` in steps; the text says how it ended.
template <class Parser>
std::string Read(Parser& parser, ByteSpan input, std::size_t step) {
  Bytes waiting;
  while (!input.empty() && !parser.done()) {
    const ByteSpan part = input.first(std::min(step, input.size()));
    waiting.insert(waiting.end(), part.begin(), part.end());
    input = input.subspan(part.size());
    const auto used = parser.Feed(waiting);
    if (!used) return "refused";
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(*used));
  }
  return parser.done() ? "done" : "more";
}

void CheckRequest(ByteSpan input) {
  const auto whole = net::internal::RequestParser::Create(kLimits);
  const auto pieces = net::internal::RequestParser::Create(kLimits);
  const std::string end = Read(*whole, input, input.size());
  const std::string other_end = Read(*pieces, input, 1);
  // At the header's limit the two may differ: white space in it counts only where more is waited for.
  if (input.size() <= kLimits.header_bytes) CHECK((end == "done") == (other_end == "done"));
  if (end != "done" || other_end != "done") return;
  const net::Request& request = whole->request();
  CHECK(request.headers.fields() == pieces->request().headers.fields() && request.body == pieces->request().body);
  CHECK(request.body.size() <= kLimits.body_bytes && net::ParseTarget(net::FormatTarget(request)));
  net::Router router;
  router.Add("GET", "/a/{b}/{c...}", [](const net::Request& matched) -> Result<net::Response> {
    CHECK(!matched.Capture("b").empty() && matched.Capture("b") != "..");
    return net::Response::Text(200, "text/plain", matched.Capture("c"));
  });
  CHECK(net::internal::FormatResponseHead(router.Handle(request), net::internal::Persistence::kClose));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan input(data, size);
  CheckRequest(input);
  const auto response = net::internal::ResponseParser::Create(kLimits, net::internal::ResponseBody::kAsStated);
  if (Read(*response, input, 7) == "more" && size > 0) static_cast<void>(response->FeedEnd());
  CHECK(response->response().body.size() <= kLimits.body_bytes);
  if (const auto trace = telemetry::ParseTraceparent(AsText(input))) {
    CHECK(*telemetry::ParseTraceparent(telemetry::FormatTraceparent(*trace)) == *trace);
  }
  if (const auto origin = net::Origin::Parse(AsText(input))) CHECK(net::Origin::Parse(origin->ToUrl()));
  return 0;
}
