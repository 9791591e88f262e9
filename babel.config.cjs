/** Jest runs the TypeScript sources as they are: types are stripped, modules stay ESM. */
module.exports = {
  presets: [
    [
      '@babel/preset-typescript',
      { onlyRemoveTypeImports: true, allowDeclareFields: true, rewriteImportExtensions: false },
    ],
  ],
};
