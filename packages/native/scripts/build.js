require('node:fs').writeFileSync('/tmp/native-install-ran', 'x');
console.log('HELLO FROM NATIVE INSTALL');
