#include "contract/key_rotation.h"

#include "contract/internal/fields.h"

namespace cloister::contract {

using namespace internal;

Result<KeyRotation> KeyRotation::FromJson(const Json& json) {
  TRY(CheckType(json, "key-rotation/v1", {"type", "party", "from", "to", "time"}));
  std::string party = TRY(GetDid(json, "party"));
  const Digest from = TRY(GetDigest(json, "from"));
  NamedKey to = TRY(GetPart(json, "to", NamedKey::FromJson));
  if (to.kid == from) return Error(ErrorCode::kMalformed, "to: expected another key than the one that it replaces");
  const Time time = TRY(GetTime(json, "time"));
  return KeyRotation{std::move(party), from, std::move(to), time};
}

Json KeyRotation::ToJson() const {
  return Json::Object{{"type", "key-rotation/v1"}, {"party", party}, {"from", ToHex(from)}, {"to", to.ToJson()}, {"time", ToRfc3339(time)}};
}

}  // namespace cloister::contract
