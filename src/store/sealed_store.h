// A store whose values only the holder of a key can read or make.
#pragma once

#include <memory>

#include "crypto/random.h"
#include "store/store.h"

namespace cloister::store {

// Seals each value with AES-256-GCM under a random nonce; the store's random id, the table and the key are associated
// data, so that a value moved to another row, table or store does not open (kUntrusted). Table names and keys stay
// readable: derive them with a MAC where they tell something. What it cannot notice: a row that was removed, and a row
// or the whole file put back as it was before. One root key takes 2^32 writes.
class SealedStore final : public Store {
 public:
  // Seals what goes into `inner`, under a key derived from `root_key` (32 bytes). The first opening writes the store's
  // id. kUntrusted: `root_key` is not the key that this store was made with, or its id row was changed; kUsage: key
  // length. `random` gives nonces and outlives the store.
  static Result<std::unique_ptr<SealedStore>> Open(std::unique_ptr<Store> inner, const SecretBytes& root_key,
                                                   crypto::RandomSource& random);

  ~SealedStore() override;

  Result<void> Transact(const Work& work) override;
  Result<void> Read(const ReadWork& work) override;

 private:
  struct State;
  explicit SealedStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cloister::store
