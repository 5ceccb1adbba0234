module.exports = require('../outside.cjs')(`${__dirname}/index.js`);
