#include "broker/admin.h"

#include <algorithm>

namespace cloister::broker {
namespace {

constexpr std::size_t kMaxPath = 1024;
constexpr std::size_t kMaxPattern = 512;
constexpr std::size_t kMaxAdminToken = 16 * 1024;
constexpr Seconds kLeeway(60);
constexpr std::string_view kBearer = "Bearer ";

bool IsMethod(const std::string& method) {
  return method == "GET" || method == "POST" || method == "PUT" || method == "DELETE";
}

Result<std::regex> CompilePath(const std::string& pattern) {
  if (!pattern.starts_with("^/kbs") || !pattern.ends_with("$") || pattern.size() > kMaxPattern) {
    return Error(ErrorCode::kUsage, "admin rule: expected a path pattern from \"^/kbs\" to \"$\", at most 512 long");
  }
  try {
    return std::regex(pattern, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error&) {
    return Error(ErrorCode::kUsage, "admin rule: expected a regular expression, got something else");
  }
}

Result<bool> Matches(const std::regex& pattern, std::string_view path) {
  try {
    return std::regex_match(path.begin(), path.end(), pattern);
  } catch (const std::regex_error&) {
    return Error(ErrorCode::kLimit, "admin rule: the pattern is too complex for this path");
  }
}

}  // namespace

AdminAccess::AdminAccess(std::vector<AdminIssuer> issuers, std::vector<Rule> rules)
    : issuers_(std::move(issuers)), rules_(std::move(rules)) {}

Result<AdminAccess> AdminAccess::Create(std::vector<AdminIssuer> issuers, const std::vector<AdminRule>& rules) {
  for (const AdminIssuer& issuer : issuers) {
    for (const token::NamedJwk& key : issuer.keys) {
      if (crypto::IsRsa(key.key.algorithm()))
        return Error(ErrorCode::kUsage, "admin issuer: expected EdDSA or ECDSA keys, got RSA");
    }
  }
  std::vector<Rule> compiled;
  for (const AdminRule& rule : rules) {
    if (rule.role.empty() || rule.methods.empty() || !std::all_of(rule.methods.begin(), rule.methods.end(), IsMethod)) {
      return Error(ErrorCode::kUsage, "admin rule: expected a role, and methods of GET, POST, PUT, DELETE");
    }
    std::regex path = TRY(CompilePath(rule.path));
    compiled.push_back({rule.role, rule.methods, std::move(path)});
  }
  return AdminAccess(std::move(issuers), std::move(compiled));
}

Result<AdminIdentity> AdminAccess::Authorize(std::string_view method, std::string_view path,
                                             std::string_view authorization, Time now) const {
  if (!authorization.starts_with(kBearer) || authorization.size() > kMaxAdminToken) {
    return Error(ErrorCode::kUntrusted, "admin: expected a bearer token, got none");
  }
  const std::string_view text = authorization.substr(kBearer.size());
  Error last(ErrorCode::kUntrusted, "expected a token of a known issuer; none is configured");
  for (const AdminIssuer& issuer : issuers_) {
    const token::JwtExpectations expected{issuer.issuer, issuer.audience, token::JwtExpectations::Expiry::kRequired,
                                          kLeeway};
    const auto jwt = token::VerifyJwt(text, issuer.keys, expected, now);
    if (!jwt) {
      last = jwt.error();
      continue;
    }
    const std::string role = TRY_WITH("admin token", jwt->claims().GetString("role"));
    const auto subject = TRY_WITH("admin token", jwt->claims().FindString("sub"));
    for (const Rule& rule : rules_) {
      const bool fits = rule.role == role && path.size() <= kMaxPath &&
                        std::find(rule.methods.begin(), rule.methods.end(), method) != rule.methods.end();
      if (fits && TRY(Matches(rule.path, path))) return AdminIdentity{role, subject.value_or("")};
    }
    return Error(ErrorCode::kRefused, "admin: expected a role that may do this, got another");
  }
  return last.With("admin token");
}

}  // namespace cloister::broker
