/* lang: the languages that people are spoken to in.
 *
 * The source says everything in English; po/zh.po holds the Chinese text of
 * each sentence and is compiled into a static table (tools/po2c.c). The
 * language is an argument, never a property of the process: one server
 * answers each reader in his own.
 */
#ifndef GONGSHI_BASE_LANG_H
#define GONGSHI_BASE_LANG_H

enum lang { LANG_EN, LANG_ZH };

/* The text of an English sentence or printf format in `lang`; the English itself where no other exists.
 * The conversions of a translated format are the same, in the same order: the tool checks it. */
const char *lang_text(enum lang lang, const char *english) __attribute__((format_arg(2)));

/* "zh", "zh_CN.UTF-8", "zh-Hans"… give LANG_ZH, everything else (NULL too) LANG_EN. */
enum lang lang_from_name(const char *name);

#endif
