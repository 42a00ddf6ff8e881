// What a disk gives back: a sealed row that was changed never opens, and a database file that is none is refused.
#include "crypto/random.h"
#include "store/memory_store.h"
#include "store/sealed_store.h"

namespace {

using namespace cloister;

// The store's rows lie in `inner`, where the fuzzer overwrites them.
void CheckSealedRow(ByteSpan input) {
  crypto::DeterministicRandom random(1);
  auto inner = std::make_unique<store::MemoryStore>();
  store::MemoryStore& disk = *inner;
  auto sealed = store::SealedStore::Open(std::move(inner), SecretBytes::CopyOf(Bytes(32, 7)), random);
  CHECK(sealed && (*sealed)->Put("rows", AsBytes("key"), AsBytes("value")));
  const Bytes before = **disk.Get("rows", AsBytes("key"));
  CHECK(disk.Put("rows", AsBytes("key"), input));
  const auto read = (*sealed)->Get("rows", AsBytes("key"));
  CHECK(read.has_value() == Equal(before, input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CheckSealedRow({data, size});
  return 0;
}
