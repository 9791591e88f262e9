/**
 * Reduces a source file to its imports, for dependency-cruiser. Its own readers do not do here: the TypeScript one needs
 * TypeScript below 7, the swc one reads no .tsx, and neither tells a type from a value once types are erased. Here an
 * import of types becomes `typeOnly('…')`, which the rules see as "exotically required"; what is loaded later stays `import('…')`.
 */
const importLines = () => ({
  name: 'import-lines',
  manipulateOptions(options, parserOptions) {
    parserOptions.plugins.push('typescript', 'importAttributes');
    if (/\.[jt]sx$/.test(options.filename ?? '')) parserOptions.plugins.push('jsx');
  },
  visitor: {
    Program(program) {
      const lines = [];
      const add = (form, source) => lines.push(`${form}(${JSON.stringify(source.value)})`);
      const statement = ({ node }) => {
        if (node.source) add((node.importKind ?? node.exportKind) === 'type' ? 'typeOnly' : 'require', node.source);
      };
      const call = ({ node }) => {
        const [source] = node.arguments;
        if (source?.type !== 'StringLiteral') return;
        if (node.callee.type === 'Import') add('import', source);
        else if (node.callee.type === 'Identifier' && node.callee.name === 'require') add('require', source);
      };
      program.traverse({
        ImportDeclaration: statement,
        ExportNamedDeclaration: statement,
        ExportAllDeclaration: statement,
        CallExpression: call,
        TSImportType: ({ node }) => {
          const source = node.argument.type === 'TSLiteralType' ? node.argument.literal : node.argument;
          if (source.type === 'StringLiteral') add('typeOnly', source);
        },
      });
      const { program: reduced } = require('@babel/core').parseSync(lines.join(';\n'), {
        configFile: false,
        babelrc: false,
      });
      program.node.body = reduced.body;
      program.node.directives = [];
      program.skip();
    },
  },
});

module.exports = { configFile: false, babelrc: false, comments: false, plugins: [importLines] };
