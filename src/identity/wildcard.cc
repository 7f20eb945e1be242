#include "identity/wildcard.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "identity/condition_keys.h"

namespace sagebrush::identity {

bool MatchesWildcards(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == kAnyText) {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == kAnyCharacter || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      // Only the last star needs to give way: an earlier one could not match more than this one does.
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == kAnyText) ++p;
  return p == pattern.size();
}

Pattern::Pattern(std::string_view text, bool with_variables, bool with_wildcards) : anything_(text == "*") {
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) parts_.push_back({std::exchange(literal, {}), false, std::nullopt});
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = with_variables && text.substr(i).starts_with("${") ? text.find('}', i) : std::string::npos;
    if (end != std::string::npos) {
      const std::string_view inside = text.substr(i + 2, end - i - 2);
      if (inside == "*" || inside == "?" || inside == "$") {
        literal += inside;
      } else {
        flush();
        AddVariable(inside);
      }
      i = end;
    } else if (with_wildcards && (text[i] == '*' || text[i] == '?')) {
      literal += text[i] == '*' ? kAnyText : kAnyCharacter;
      has_wildcards_ = true;
    } else {
      literal += text[i];
    }
  }
  flush();
}

void Pattern::AddVariable(std::string_view inside) {
  Part part{{}, true, std::nullopt};
  const std::size_t comma = inside.find(',');
  if (comma != std::string_view::npos) {
    std::string_view fallback = inside.substr(comma + 1);
    while (fallback.starts_with(' ')) fallback.remove_prefix(1);
    while (fallback.ends_with(' ')) fallback.remove_suffix(1);
    if (fallback.size() >= 2 && fallback.front() == '\'' && fallback.back() == '\'') {
      part.fallback = fallback.substr(1, fallback.size() - 2);
    }
  }
  part.written_name = inside.substr(0, comma);
  while (part.written_name.ends_with(' ')) part.written_name.pop_back();
  part.text = Lower(part.written_name);
  asks_unknown_ |= !IsKnownKey(part.text);
  parts_.push_back(std::move(part));
  has_variables_ = true;
}

void Pattern::AppendVariables(std::vector<std::string>& names) const {
  for (const auto& part : parts_) {
    if (part.is_variable) names.push_back(part.written_name);
  }
}

std::optional<std::string> Pattern::Fill(const Variables& variables) const {
  std::string out;
  for (const auto& part : parts_) {
    if (!part.is_variable) {
      out += part.text;
      continue;
    }
    const auto value = variables.Value(part.text);
    if (!value && !part.fallback) return std::nullopt;
    // A value of the request's maker must not act as a wildcard.
    if (value && value->find_first_of("\x01\x02") != std::string::npos) return std::nullopt;
    out += value ? *value : *part.fallback;
  }
  return out;
}

bool Pattern::Matches(std::string_view text, const Variables& variables) const {
  if (anything_) return true;
  if (has_variables_) {
    const auto filled = Fill(variables);
    return filled && MatchesWildcards(*filled, text);
  }
  const std::string_view pattern = parts_.empty() ? std::string_view() : parts_[0].text;
  return has_wildcards_ ? MatchesWildcards(pattern, text) : pattern == text;
}

namespace {
// Splits at the first five colons that are not inside ${...}.
std::vector<std::string_view> SplitArn(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t from = 0;
  bool in_variable = false;
  for (std::size_t i = 0; i < text.size() && parts.size() < 5; ++i) {
    if (text.substr(i).starts_with("${")) in_variable = true;
    if (text[i] == '}') in_variable = false;
    if (text[i] != ':' || in_variable) continue;
    parts.push_back(text.substr(from, i - from));
    from = i + 1;
  }
  parts.push_back(text.substr(from));
  return parts;
}
}  // namespace

ResourceName::ResourceName(std::string_view text) : whole(text) {
  if (!text.starts_with("arn:")) return;
  std::size_t from = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    const std::size_t colon = text.find(':', from);
    if (colon == std::string_view::npos) return;
    parts[i] = text.substr(from, colon - from);
    from = colon + 1;
  }
  parts[5] = text.substr(from);
  is_arn = true;
}

ArnPattern::ArnPattern(std::string_view text, bool with_variables) : is_arn_(text.starts_with("arn:")) {
  if (!is_arn_) {
    parts_.emplace_back(text, with_variables);
    return;
  }
  for (const auto part : SplitArn(text)) parts_.emplace_back(part, with_variables);
  while (parts_.size() < 6) parts_.emplace_back("*", false);
}

bool ArnPattern::Matches(const ResourceName& resource, const Variables& variables) const {
  if (!is_arn_) return parts_[0].Matches(resource.whole, variables);
  if (!resource.is_arn) return false;
  // From the end: the last part tells most resources apart.
  for (std::size_t i = 6; i-- > 1;) {
    if (!parts_[i].Matches(resource.parts[i], variables)) return false;
  }
  return true;
}

void ArnPattern::AppendVariables(std::vector<std::string>& names) const {
  for (const auto& part : parts_) part.AppendVariables(names);
}

bool ArnPattern::AsksUnknown() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Pattern& part) { return part.AsksUnknown(); });
}

}  // namespace sagebrush::identity
