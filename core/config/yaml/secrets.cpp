#include "config/yaml/secrets.h"

#include "base/text.h"
#include "config/yaml/document.h"
#include "config/yaml/section.h"
#include "porchlight/error.h"

namespace porchlight::config {
namespace {

[[noreturn]] void refuse(const std::string& text) {
    throw Error(ErrorKind::Misconfigured, text);
}

}  // namespace

void Secrets::read() {
    files_read_.insert(file_);
    Problems problems;
    std::map<std::string, std::string> values;
    Document document(readText(file_), file_, problems);
    Section all(document, document.root(), "");
    for (const std::string& key : all.keys()) values[key] = all.secret(key);
    if (!problems.empty()) refuse(problems.front().format());
    values_ = std::move(values);
}

std::string Secrets::get(const std::string& name) {
    if (file_.empty()) refuse("!secret does not work here");
    if (!values_) {
        try {
            read();
        } catch (const Error& error) {
            refuse(std::string("!secret needs ") + file_.filename().string() +
                   " with NAME: \"text\" in its lines: " + error.what());
        }
    }
    const auto found = values_->find(name);
    if (found != values_->end()) return found->second;
    refuse("there is no such name in " + base::printable(file_.string()) +
           "; if it is no name but the text itself, put it in quotes");
}

std::string Secrets::lineOf(const std::filesystem::path& file) {
    files_read_.insert(file);
    std::string text = readText(file);
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    const std::string name = base::printable(file.string());
    if (text.empty()) refuse(name + " is empty");
    if (text.size() > kLongestText || base::printable(text) != text)
        refuse(name + " must hold one line of UTF-8 text and nothing else");
    return text;
}

}  // namespace porchlight::config
