// A bundle that is read has its submodules; digests are those of their very characters; nobody's keys sign it.
#include "crypto/hash.h"
#include "evidence/tokens/detached_eat.h"
#include "token/jwt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const auto bundle = evidence::ParseDetachedEat(AsText(ByteSpan(data, size)));
  if (!bundle) return 0;
  CHECK(!bundle->submods.empty() && bundle->submods.size() <= 32);
  const auto claims = token::ClaimsFromUnverifiedJwt(bundle->overall);
  if (!claims || !evidence::CheckSubmodDigests(*claims, *bundle)) return 0;
  // What fits these tokens does not fit others.
  evidence::DetachedEat changed = *bundle;
  changed.submods.begin()->second += "A";
  CHECK(!evidence::CheckSubmodDigests(*claims, changed));
  changed.submods.erase(changed.submods.begin());
  CHECK(!evidence::CheckSubmodDigests(*claims, changed));
  return 0;
}
