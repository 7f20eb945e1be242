#pragma once

#include <string>
#include <utility>
#include <vector>

#include "wire/model.h"

namespace sagebrush::sagemaker {

// What the service model asks of a noun's description (noun.h), whether it is built or not: read from the model by a
// program, so that nobody's memory decides what the shape must express.
struct NounSurvey {
  std::string name;
  std::vector<std::string> verbs;  // "Create", "Describe", ...
  std::size_t input_members = 0;   // Of Create.
  std::vector<std::string> key;    // The members that name one.
  bool key_is_made = false;        // By the server: Create does not give all of them.
  bool has_tags = false;
  std::string state_member, token_member, role_member;
  // Of List, beyond those that all lists know, and what of Filter or Noun::orders expresses each; empty: nothing does.
  std::vector<std::pair<std::string, std::string>> filters, orders;
};

// Every noun that has a Create, in the model's order.
std::vector<NounSurvey> SurveyNouns();

// A noun's List, when it needs to be told nothing: what is listed when there are none. nullptr: it has none such.
const wire::Operation* ListOfAll(const std::string& noun);
// The member of a List's output that holds what is listed.
std::string ListMemberOf(const wire::Operation& list);

}  // namespace sagebrush::sagemaker
