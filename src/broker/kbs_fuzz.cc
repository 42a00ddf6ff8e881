// Messages of the KBS protocol, resource paths, an admin's path and token, and the rows that a broker's store gives back.
#include "broker/account.h"
#include "broker/admin.h"
#include "broker/kbs.h"
#include "broker/resources.h"
#include "store/memory_store.h"

namespace {

using namespace cloister;
using namespace cloister::broker;

const Time kNow = FromUnixSeconds(1'780'272'000);

// Whoever holds the one token that we made is let in on the paths of the rule, and nobody else anywhere.
void CheckAdmin(std::string_view text) {
  static const auto key = *crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, 1)));
  static const auto access = *AdminAccess::Create({AdminIssuer{std::nullopt, std::nullopt, {{"", key.Public()}}}},
                                                  {{"admin", {"GET"}, "^/kbs/v0/.*$"}});
  static const std::string token =
      "Bearer " + token::SignJwt(key, {.type = "JWT", .key_id = "", .chain = {}},
                                 formats::Json::Object{{"role", "admin"}, {"exp", ToUnixSeconds(kNow) + 60}});
  if (access.Authorize("GET", text, token, kNow)) CHECK(text.starts_with("/kbs/v0/"));
  CHECK(text == token || !access.Authorize("GET", "/kbs/v0/x", text, kNow));
}

void CheckRow(ByteSpan input) {
  store::MemoryStore store;
  CHECK(store.Put("sealed_keys", AsBytes("data/loans/v1"), input));
  Resources resources(store);
  (void)resources.FindSealedKey(*ResourcePath::Parse("data/loans/v1"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan input(data, size);
  const std::string_view text = AsText(input);
  if (const auto path = ResourcePath::Parse(text)) CHECK(path->text() == text && path->Segments().size() == 3);
  CheckAdmin(text);
  CheckRow(input);
  const auto json = formats::Json::Parse(text, {.max_bytes = 4u << 20});
  if (!json) return 0;
  if (const auto request = KbsRequest::FromJson(*json)) CHECK(request->tee.size() <= size);
  if (const auto attestation = KbsAttestation::FromJson(*json)) (void)attestation->tee_key.ToJwk();
  if (const auto claim = AccountReservation::FromJson(*json)) CHECK(AccountReservation::FromJson(claim->ToJson()));
  if (const auto status = AccountStatus::FromJson(*json)) CHECK(AccountStatus::FromJson(status->ToJson()));
  return 0;
}
