#include "reports/render/page_assets.h"

#ifdef SOCKMARK_PAGE_FOLDER

// The assembler reads the files, from the folder that the build defines as a string literal: a
// megabyte as a literal is beyond what compilers promise to take, and slow.
asm(R"(
  .macro sockmark_embed name, file
    .global sockmark_page_\name
    .global sockmark_page_\name\()_end
    sockmark_page_\name:
    .incbin ")" SOCKMARK_PAGE_FOLDER R"(/\file"
    sockmark_page_\name\()_end:
    .byte 0
  .endm
  .section .rodata
  sockmark_embed script, page.js
  sockmark_embed style, page.css
  sockmark_embed specs, specs.json
  sockmark_embed theme, theme.json
  sockmark_embed licences, licences.txt
  .purgem sockmark_embed
  .previous
)");

extern "C" {
extern const char sockmark_page_script[], sockmark_page_script_end[];
extern const char sockmark_page_style[], sockmark_page_style_end[];
extern const char sockmark_page_specs[], sockmark_page_specs_end[];
extern const char sockmark_page_theme[], sockmark_page_theme_end[];
extern const char sockmark_page_licences[], sockmark_page_licences_end[];
}

const sockmark::report::PageAssets* sockmark::report::page_assets() {
  static const PageAssets assets{
      .script = {sockmark_page_script, sockmark_page_script_end},
      .style = {sockmark_page_style, sockmark_page_style_end},
      .specs = {sockmark_page_specs, sockmark_page_specs_end},
      .theme = {sockmark_page_theme, sockmark_page_theme_end},
      .licences = {sockmark_page_licences, sockmark_page_licences_end},
  };
  return &assets;
}

#else

const sockmark::report::PageAssets* sockmark::report::page_assets() { return nullptr; }

#endif
