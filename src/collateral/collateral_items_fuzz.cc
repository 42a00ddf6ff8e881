// An item of any kind: KIND, a line end, KEY, a line end, then its body, and behind a zero byte its issuers. No vendor signed
// it, so none is verified.
#include "collateral/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  static const auto anchors = evidence::TrustAnchors::Vendors();
  std::string_view text = AsText({data, size});
  const auto line = [&] {
    const std::string_view head = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), head.size() + 1));
    return head;
  };
  const auto kind = collateral::KindFromName(line());
  if (!kind) return 0;
  collateral::Item item{.kind = *kind, .key = std::string(line()), .body = {}, .issuers = {}, .source = {}};
  const std::size_t end = std::min(text.size(), text.find('\0'));
  item.body = ToBytes(text.substr(0, end));
  if (end < text.size()) item.issuers = ToBytes(text.substr(end + 1));
  (void)collateral::CheckItem(std::move(item), anchors, FromUnixSeconds(1'780'000'000));
  return 0;
}
