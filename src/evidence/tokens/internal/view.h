// What a service's claims say, in our words: one reader each.
#pragma once

#include "token/ear.h"

namespace cloister::evidence::internal {

struct TokenView {
  formats::Json claims = formats::Json::Object{};  // our vocabulary, and names hoisted for policies
  std::optional<bool> debug;
  std::vector<std::string> evidence_nonces, token_nonces;
};

Result<TokenView> ReadAzure(const formats::Json& claims);
Result<TokenView> ReadIntel(const formats::Json& claims);
Result<TokenView> ReadGoogle(const formats::Json& claims);
// Trustee and Veraison.
Result<TokenView> ReadEarToken(const token::VerifiedJwt& jwt, std::string_view profile);
// `devices` by the names that the overall token gives them, all verified.
Result<TokenView> ReadNvidia(const formats::Json& overall, const std::map<std::string, formats::Json>& devices);

// Copies member `from` as `to` into the view. kMalformed: no lower-case hex of `size` bytes. Absent: nothing is copied.
Result<void> CopyHex(const formats::Json& claims, std::string_view from, std::size_t size, TokenView& view,
                     std::string_view to);
Result<void> CopyText(const formats::Json& claims, std::string_view from, TokenView& view, std::string_view to);
// kMalformed: the view has no such claim.
Result<void> Demand(const TokenView& view, std::string_view name);
// Text, or an array of texts; empty where absent.
Result<std::vector<std::string>> ReadTexts(const formats::Json& claims, std::string_view name);
// The names that Azure and Intel share for TDX.
Result<void> ReadTdx(const formats::Json& claims, TokenView& view);
// Joins what several members say about debugging: one that says yes is enough.
void SayDebug(TokenView& view, std::optional<bool> debug);

}  // namespace cloister::evidence::internal
