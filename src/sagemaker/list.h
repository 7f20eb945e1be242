#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// Registers a noun's List.
void AddList(wire::OperationTable& table, const Context& context, const Noun& noun);

// Registers the List of a noun that is not built: an empty page. SDKs that clean up ask for all there may be.
void AddEmptyList(wire::OperationTable& table, const std::string& noun);

// What a list's input asks the store for: filters, order and page. Throws the "missing" error of what a filter names.
store::ListQuery ListQueryOf(const Context& context, const Noun& noun, const wire::Call& call);

// How SortBy spells an order. nullopt: the noun has no such order.
struct Order {
  store::ListQuery::SortBy by;
  std::string word{};  // Of kAttribute.
};
std::optional<Order> OrderNamed(const Noun& noun, const std::string& sort_by);

// Whether a member of List's input has its effect.
bool KnowsInList(const Noun& noun, std::string_view member);

}  // namespace sagebrush::sagemaker
