#include "translog/receipt.h"

#include <gtest/gtest.h>

#include "token/cose.h"

namespace cloister::translog {
namespace {

constexpr std::size_t kEntries = 11;

token::CoseHeaders HeadersWith(const Bytes& kid, formats::Cbor::Map more) {
  token::CoseHeaders headers;
  headers.key_id = kid;
  headers.more = std::move(more);
  return headers;
}

struct Receipts : ::testing::Test {
  crypto::SigningKey key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  crypto::SigningKey party = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  std::vector<token::CoseKey> keys = {token::WithThumbprint(key.Public())};
  ReceiptIssuer issuer{"log.example/one", keys[0].key_id, key};
  Time now = FromUnixSeconds(1'700'000'000);
  std::vector<Bytes> statements;
  MemoryNodes nodes;
  std::vector<TreeHead> heads = {nodes.Head()};

  Receipts() {
    for (std::size_t i = 0; i < kEntries; ++i) {
      statements.push_back(token::SignCose1(party, HeadersWith({}, {}), AsBytes("entry " + std::to_string(i))));
      nodes.Append(LeafHash(*EntryOfStatement(statements.back())));
      heads.push_back(nodes.Head());
    }
  }
  Bytes Inclusion(std::uint64_t index, std::uint64_t size) const {
    const Hash leaf = LeafHash(*EntryOfStatement(statements[index]));
    return *IssueInclusionReceipt(issuer, leaf, index, heads[size], *InclusionProof(nodes, index, size), now);
  }
  Bytes Consistency(std::uint64_t from, std::uint64_t to) const {
    return *IssueConsistencyReceipt(issuer, heads[from], heads[to], *ConsistencyProof(nodes, from, to), now);
  }
};

TEST_F(Receipts, ProveEveryEntryOfEverySize) {
  for (std::uint64_t size = 1; size <= kEntries; ++size) {
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto receipt = VerifyInclusionReceipt(Inclusion(i, size), statements[i], keys);
      ASSERT_TRUE(receipt) << receipt.error().ToText();
      EXPECT_EQ(receipt->head(), heads[size]);
      EXPECT_EQ(receipt->index(), i);
      EXPECT_TRUE(receipt->place_is_signed());
      EXPECT_EQ(receipt->issuer(), "log.example/one");
      EXPECT_EQ(receipt->issued_at(), now);
    }
  }
}

TEST_F(Receipts, ProveEveryExtension) {
  for (std::uint64_t to = 1; to <= kEntries; ++to) {
    for (std::uint64_t from = 1; from <= to; ++from) {
      const auto extension = VerifyConsistencyReceipt(Consistency(from, to), heads[from], keys);
      ASSERT_TRUE(extension) << extension.error().ToText();
      EXPECT_EQ(extension->later(), heads[to]);
    }
  }
}

TEST_F(Receipts, HoldForTheStatementWhateverItsUnprotectedHeader) {
  const Bytes receipt = Inclusion(3, kEntries);
  const Bytes transparent = *token::WithReceipts(statements[3], {{receipt}});
  EXPECT_TRUE(VerifyInclusionReceipt(receipt, transparent, keys));
}

TEST_F(Receipts, RefuseEachFlippedByteAndCut) {
  const Bytes inclusion = Inclusion(4, kEntries);
  for (std::size_t i = 0; i < inclusion.size(); ++i) {
    Bytes flipped = inclusion;
    flipped[i] ^= 1;
    EXPECT_FALSE(VerifyInclusionReceipt(flipped, statements[4], keys)) << i;
    EXPECT_FALSE(VerifyInclusionReceipt(ByteSpan(inclusion).first(i), statements[4], keys));
  }
  const Bytes consistency = Consistency(5, kEntries);
  for (std::size_t i = 0; i < consistency.size(); ++i) {
    Bytes flipped = consistency;
    flipped[i] ^= 1;
    EXPECT_FALSE(VerifyConsistencyReceipt(flipped, heads[5], keys)) << i;
    EXPECT_FALSE(VerifyConsistencyReceipt(ByteSpan(consistency).first(i), heads[5], keys));
  }
}

TEST_F(Receipts, RefuseAnotherStatementKeyOrHead) {
  EXPECT_EQ(VerifyInclusionReceipt(Inclusion(4, kEntries), statements[5], keys).error().code(), ErrorCode::kUntrusted);
  // The same name, another key.
  const std::vector<token::CoseKey> other = {{keys[0].key_id, party.Public()}};
  EXPECT_EQ(VerifyInclusionReceipt(Inclusion(4, kEntries), statements[4], other).error().code(), ErrorCode::kUntrusted);
  const std::vector<token::CoseKey> unknown = {token::WithThumbprint(party.Public())};
  EXPECT_EQ(VerifyInclusionReceipt(Inclusion(4, kEntries), statements[4], unknown).error().code(), ErrorCode::kUntrusted);
  TreeHead forked = heads[5];
  forked.root[0] ^= 1;
  EXPECT_EQ(VerifyConsistencyReceipt(Consistency(5, 9), forked, keys).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(VerifyConsistencyReceipt(Consistency(5, 9), heads[6], keys).error().code(), ErrorCode::kMismatch);
}

TEST_F(Receipts, AreNotGivenForWhatDoesNotHold) {
  const Hash leaf = LeafHash(*EntryOfStatement(statements[1]));
  EXPECT_EQ(IssueInclusionReceipt(issuer, leaf, 2, heads[5], *InclusionProof(nodes, 2, 5), now).error().code(),
            ErrorCode::kUsage);
  EXPECT_EQ(IssueConsistencyReceipt(issuer, heads[2], heads[5], {}, now).error().code(), ErrorCode::kUsage);
}

// Signs `root` with the given headers and payload.
Bytes Forge(const crypto::SigningKey& key, token::CoseHeaders headers, const Hash& root, token::CosePayload placed) {
  return token::SignCose1(key, headers, root, placed);
}

TEST_F(Receipts, RefuseOtherDataStructuresAndMissingProofs) {
  using formats::Cbor;
  const auto message = *token::UnverifiedCose1::Parse(Inclusion(4, kEntries), token::CoseForm::kOurs);
  const Cbor::Map proofs = **message.unprotected_headers().AsMap();
  token::CoseHeaders headers = HeadersWith(keys[0].key_id, {});
  const auto code = [&](const token::CoseHeaders& h) {
    const Bytes forged = Forge(key, h, heads[kEntries].root, token::CosePayload::kDetached);
    const auto result = VerifyInclusionReceipt(forged, statements[4], keys);
    return result ? ErrorCode::kInternal : result.error().code();
  };
  headers.unprotected = proofs;
  EXPECT_EQ(code(headers), ErrorCode::kMalformed);  // no vds
  headers.more = {{395, 2}};
  EXPECT_EQ(code(headers), ErrorCode::kUnsupported);
  headers.more = {};
  headers.unprotected.push_back({395, 1});  // not protected
  EXPECT_EQ(code(headers), ErrorCode::kMalformed);
  headers.more = {{395, 1}};
  headers.unprotected = {};
  EXPECT_EQ(code(headers), ErrorCode::kMalformed);  // no proof
  headers.unprotected = {{396, Cbor::Map{{-1, Cbor::Array{}}}}};
  EXPECT_EQ(code(headers), ErrorCode::kMalformed);
  headers.unprotected = proofs;
  EXPECT_EQ(code(headers), ErrorCode::kInternal);  // that one holds
}

TEST_F(Receipts, TakeAnAttachedRootOnlyWhenItIsTheRightOne) {
  const auto message = *token::UnverifiedCose1::Parse(Inclusion(4, kEntries), token::CoseForm::kOurs);
  token::CoseHeaders headers = HeadersWith(keys[0].key_id, {{395, 1}});
  headers.unprotected = **message.unprotected_headers().AsMap();
  const Bytes right = Forge(key, headers, heads[kEntries].root, token::CosePayload::kAttached);
  EXPECT_TRUE(VerifyInclusionReceipt(right, statements[4], keys));
  const Bytes wrong = Forge(key, headers, heads[3].root, token::CosePayload::kAttached);
  EXPECT_EQ(VerifyInclusionReceipt(wrong, statements[4], keys).error().code(), ErrorCode::kUntrusted);
}

}  // namespace
}  // namespace cloister::translog
