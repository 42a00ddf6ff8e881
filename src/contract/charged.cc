#include "contract/charged.h"

#include "contract/internal/fields.h"

namespace cloister::contract {

using namespace internal;

Result<Charged> Charged::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"epsilon", "delta"}));
  Charged charged;
  charged.epsilon = TRY(GetFinite(json, "epsilon", 0, 1e6));
  charged.delta = TRY(GetFinite(json, "delta", 0, 1));
  return charged;
}

Json Charged::ToJson() const { return Json::Object{{"epsilon", Number(epsilon)}, {"delta", Number(delta)}}; }

}  // namespace cloister::contract
