/**
 * Holds the code against ARCHITECTURE.md, and the repository's text against what CONTRIBUTING asks
 * for.
 */
package io.erlust.architecture;
