#include "store/sealed_store.h"

#include "base/byte_reader.h"
#include "crypto/aead.h"
#include "crypto/mac.h"

namespace cloister::store {
namespace {

constexpr std::string_view kIdTable = "sealed_store";
constexpr std::string_view kIdKey = "id";
constexpr std::string_view kKeyInfo = "cloister sealed store v1";
constexpr std::size_t kIdSize = 16;
constexpr std::uint8_t kVersion = 1;

// What binds a value to its place: version, store id, table and key, each with its length.
Bytes Associated(ByteSpan store_id, std::string_view table, ByteSpan key) {
  Bytes out = {kVersion, static_cast<std::uint8_t>(store_id.size())};
  out.insert(out.end(), store_id.begin(), store_id.end());
  AppendBe(out, static_cast<std::uint16_t>(table.size()));
  out.insert(out.end(), table.begin(), table.end());
  AppendBe(out, static_cast<std::uint16_t>(key.size()));
  out.insert(out.end(), key.begin(), key.end());
  return out;
}

// Seals and opens rows. A sealed value is version (1), nonce (12), ciphertext, tag (16).
class RowSeal {
 public:
  RowSeal(crypto::AeadKey key, crypto::RandomSource& random) : key_(std::move(key)), random_(random) {}

  Result<Bytes> Seal(std::string_view table, ByteSpan key, ByteSpan value) const {
    const Bytes nonce = crypto::RandomBytes(random_, crypto::kAeadNonceSize);
    const Bytes sealed = TRY(key_.Seal(nonce, Associated(id_, table, key), value));
    return Concat({ByteSpan(&kVersion, 1), nonce, sealed});
  }

  Result<Bytes> Open(std::string_view table, ByteSpan key, ByteSpan sealed) const {
    const std::string where = "row of table " + std::string(table);
    if (sealed.size() < 1 + crypto::kAeadNonceSize + crypto::kAeadTagSize || sealed[0] != kVersion) {
      return Error(ErrorCode::kUntrusted, where + ": not sealed");
    }
    const ByteSpan nonce = sealed.subspan(1, crypto::kAeadNonceSize);
    const ByteSpan rest = sealed.subspan(1 + crypto::kAeadNonceSize);
    return ToBytes(TRY_WITH(where, key_.Open(nonce, Associated(id_, table, key), rest)).ExposeSecret());
  }

  void set_id(Bytes id) { id_ = std::move(id); }

 private:
  crypto::AeadKey key_;
  crypto::RandomSource& random_;
  Bytes id_;  // of the store; empty while its own row is read or made
};

Result<void> CheckUserTable(std::string_view table) {
  if (table == kIdTable) return Error(ErrorCode::kUsage, "table sealed_store is the sealed store's own");
  return CheckTable(table);
}

class SealedTransaction final : public Transaction {
 public:
  // `writes` is null for a snapshot, which callers see only as Snapshot.
  SealedTransaction(Snapshot& reads, Transaction* writes, const RowSeal& seal)
      : reads_(reads), writes_(writes), seal_(seal) {}

  Result<std::optional<Bytes>> Get(std::string_view table, ByteSpan key) override {
    TRY(CheckUserTable(table));
    const std::optional<Bytes> sealed = TRY(reads_.Get(table, key));
    if (!sealed) return std::optional<Bytes>();
    return std::optional<Bytes>(TRY(seal_.Open(table, key, *sealed)));
  }

  Result<std::vector<Row>> ScanAfter(std::string_view table, ByteSpan prefix, ByteSpan after,
                                     std::size_t limit) override {
    TRY(CheckUserTable(table));
    std::vector<Row> rows = TRY(reads_.ScanAfter(table, prefix, after, limit));
    for (Row& row : rows) row.value = TRY(seal_.Open(table, row.key, row.value));
    return rows;
  }

  Result<void> Put(std::string_view table, ByteSpan key, ByteSpan value) override {
    TRY(CheckBeforeSealing(table, key, value));
    const Bytes sealed = TRY(seal_.Seal(table, key, value));
    return writes_->Put(table, key, sealed);
  }

  Result<void> Insert(std::string_view table, ByteSpan key, ByteSpan value) override {
    TRY(CheckBeforeSealing(table, key, value));
    const Bytes sealed = TRY(seal_.Seal(table, key, value));
    return writes_->Insert(table, key, sealed);
  }

  Result<bool> Delete(std::string_view table, ByteSpan key) override {
    TRY(CheckUserTable(table));
    return writes_->Delete(table, key);
  }

 private:
  static Result<void> CheckBeforeSealing(std::string_view table, ByteSpan key, ByteSpan value) {
    TRY(CheckUserTable(table));
    TRY(CheckKey(key));
    return CheckValue(value);
  }

  Snapshot& reads_;
  Transaction* writes_;
  const RowSeal& seal_;
};

// The store's id, random and sealed under an empty id.
Result<Bytes> ReadOrMakeId(Transaction& transaction, const RowSeal& seal, crypto::RandomSource& random) {
  const std::optional<Bytes> sealed = TRY(transaction.Get(kIdTable, AsBytes(kIdKey)));
  if (sealed) {
    Bytes id = TRY(seal.Open(kIdTable, AsBytes(kIdKey), *sealed));
    if (id.size() != kIdSize) return Error(ErrorCode::kUntrusted, "wrong length");
    return id;
  }
  Bytes id = crypto::RandomBytes(random, kIdSize);
  const Bytes made = TRY(seal.Seal(kIdTable, AsBytes(kIdKey), id));
  TRY(transaction.Put(kIdTable, AsBytes(kIdKey), made));
  return id;
}

}  // namespace

struct SealedStore::State {
  std::unique_ptr<Store> inner;
  RowSeal seal;
};

SealedStore::SealedStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealedStore::~SealedStore() = default;

Result<std::unique_ptr<SealedStore>> SealedStore::Open(std::unique_ptr<Store> inner, const SecretBytes& root_key,
                                                       crypto::RandomSource& random) {
  if (root_key.size() != crypto::kAeadKeySize) {
    return Error(ErrorCode::kUsage, "root key: expected 32 bytes, got " + std::to_string(root_key.size()));
  }
  SecretBytes derived = crypto::HkdfSha256(root_key.ExposeSecret(), {}, AsBytes(kKeyInfo), crypto::kAeadKeySize);
  RowSeal seal(TRY(crypto::AeadKey::Create(crypto::AeadAlgorithm::kAes256Gcm, std::move(derived))), random);
  Bytes id;
  const auto found = inner->Transact([&](Transaction& transaction) -> Result<void> {
    id = TRY(ReadOrMakeId(transaction, seal, random));
    return {};
  });
  if (!found) return found.error().With("sealed store id");
  seal.set_id(std::move(id));
  return std::unique_ptr<SealedStore>(
      new SealedStore(std::make_unique<State>(State{std::move(inner), std::move(seal)})));
}

Result<void> SealedStore::Transact(const Work& work) {
  return state_->inner->Transact([&](Transaction& inner) {
    SealedTransaction transaction(inner, &inner, state_->seal);
    return work(transaction);
  });
}

Result<void> SealedStore::Read(const ReadWork& work) {
  return state_->inner->Read([&](Snapshot& inner) {
    SealedTransaction transaction(inner, nullptr, state_->seal);
    return work(transaction);
  });
}

}  // namespace cloister::store
